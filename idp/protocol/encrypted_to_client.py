"""Encrypts to a client's public key: a compact JWE (RFC 7516) of one key management and one content encryption.

What is asymmetric and not broken: no RSA1_5, no shared secrets, no compression (RFC 8725 §3.6).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from joserfc import jwe

from idp.protocol.key_sets import PublicKey, encryption_key

# RFC 7518 §4.1, §5.1: every `alg` and `enc` that a client may ask for.
ENCRYPTION_ALGORITHMS = ("RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW")
CONTENT_ENCRYPTIONS = ("A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM")
DEFAULT_CONTENT_ENCRYPTION = "A128CBC-HS256"  # OIDC Registration §2


class NoEncryptionKey(Exception):
    """The client has no key that `alg` could encrypt to."""


@dataclass(frozen=True, slots=True)
class Encryption:
    """How a client wants one kind of answer encrypted."""

    alg: str
    enc: str = DEFAULT_CONTENT_ENCRYPTION


def encrypt_to(keys: Sequence[PublicKey], encryption: Encryption, content: str, *, is_jwt: bool) -> str:
    """A compact JWE that the owner of one of the keys can open; raises `NoEncryptionKey`.

    `is_jwt`: the content is a signed JWT, so that the two are a nested one (RFC 7519 §5.2).
    """
    recipient = encryption_key(keys, encryption.alg)
    if recipient is None:
        raise NoEncryptionKey(encryption.alg)
    header = {"alg": encryption.alg, "enc": encryption.enc}
    if recipient.kid is not None:
        header["kid"] = recipient.kid  # OIDC Core §10.2: it tells the client which of its keys opens this
    if is_jwt:
        header["cty"] = "JWT"
    registry = _only(encryption.alg, encryption.enc)
    return jwe.encrypt_compact(header, content.encode(), recipient.key, registry=registry)


@cache
def _only(alg: str, enc: str) -> jwe.JWERegistry:
    return jwe.JWERegistry(algorithms=[alg, enc])
