"""Reads the pairs `…_encrypted_response_alg` and `…_encrypted_response_enc` of a client's metadata."""

from idp.clients.authorization_responses import read_response_types
from idp.clients.members import InvalidClientMetadata, MemberReader
from idp.clients.own_keys import read_own_keys
from idp.protocol.encrypted_to_client import (
    CONTENT_ENCRYPTIONS,
    DEFAULT_CONTENT_ENCRYPTION,
    ENCRYPTION_ALGORITHMS,
    Encryption,
)
from idp.protocol.key_sets import encryption_key
from idp.protocol.response_types import ResponseType


def read_encryption(read: MemberReader, answer: str) -> Encryption | None:
    """The pair of one kind of answer (`id_token`, `userinfo` …), None where none is given.

    Raises `InvalidClientMetadata`.
    """
    alg_member, enc_member = f"{answer}_encrypted_response_alg", f"{answer}_encrypted_response_enc"
    alg = read.choice(alg_member, ENCRYPTION_ALGORITHMS, "")
    enc = read.choice(enc_member, CONTENT_ENCRYPTIONS, "")
    if not alg and enc:
        # OIDC Registration §2: `enc` means nothing without `alg`.
        raise InvalidClientMetadata(enc_member, f"needs {alg_member}")
    if not alg:
        return None
    keys = read_own_keys(read)
    if keys.jwks_uri is None and encryption_key(keys.jwks, alg) is None:
        raise InvalidClientMetadata(alg_member, "needs jwks_uri, or a key in jwks that can be encrypted to")
    return Encryption(alg, enc or DEFAULT_CONTENT_ENCRYPTION)


def read_response_encryption(read: MemberReader) -> Encryption | None:
    """The pair of authorization responses (JARM §3). Raises `InvalidClientMetadata`."""
    encryption = read_encryption(read, "authorization")
    # Nothing is fetched while a login completes.
    if encryption is not None and read_own_keys(read).jwks_uri is not None:
        raise InvalidClientMetadata("authorization_encrypted_response_alg", "needs jwks instead of jwks_uri")
    return encryption


def read_id_token_encryption(read: MemberReader) -> Encryption | None:
    """The pair of ID tokens. Raises `InvalidClientMetadata`."""
    encryption = read_encryption(read, "id_token")
    at_the_front = any(ResponseType(each).has_id_token for each in read_response_types(read, default=()))
    # Nothing is fetched while a login completes, in whose transaction an ID token of the front channel is made.
    if encryption is not None and at_the_front and read_own_keys(read).jwks_uri is not None:
        reason = "needs jwks instead of jwks_uri where ID tokens come over the front channel"
        raise InvalidClientMetadata("id_token_encrypted_response_alg", reason)
    return encryption
