"""How a client hands in its authorization requests: signed, encrypted, by reference, pushed beforehand."""

from dataclasses import dataclass

from idp.clients.members import InvalidClientMetadata, MemberReader
from idp.clients.own_keys import OwnKeys
from idp.protocol.redirect_uris import registration_problem
from idp.protocol.request_encryption import CONTENT_ALGORITHMS, KEY_ALGORITHM
from idp.protocol.signed_by_client import CLIENT_ALGORITHMS


@dataclass(frozen=True, slots=True)
class RequestObjects:
    """OIDC Dynamic Client Registration §2, RFC 9101 §10.5, RFC 9126 §6. `signing_alg` None: any that we know."""

    signing_alg: str | None = None
    encryption_alg: str | None = None  # None: an encrypted one is refused
    encryption_enc: str | None = None
    request_uris: tuple[str, ...] = ()
    must_be_signed: bool = False
    must_be_pushed: bool = False


def read_request_objects(read: MemberReader, keys: OwnKeys) -> RequestObjects:
    """Raises `InvalidClientMetadata`. `none` is no algorithm: what is not signed counts for nothing."""
    found = RequestObjects(
        signing_alg=read.choice("request_object_signing_alg", CLIENT_ALGORITHMS, "") or None,
        encryption_alg=read.choice("request_object_encryption_alg", (KEY_ALGORITHM,), "") or None,
        encryption_enc=read.choice("request_object_encryption_enc", CONTENT_ALGORITHMS, "") or None,
        request_uris=read.texts("request_uris"),
        must_be_signed=read.boolean("require_signed_request_object", default=False),
        must_be_pushed=read.boolean("require_pushed_authorization_requests", default=False),
    )
    for member, is_used in (
        ("request_object_signing_alg", found.signing_alg is not None),
        ("request_object_encryption_alg", found.encryption_alg is not None),
        ("require_signed_request_object", found.must_be_signed),
    ):
        if is_used and not keys.exist:
            raise InvalidClientMetadata(member, "needs jwks or jwks_uri")
    if found.encryption_enc is not None and found.encryption_alg is None:
        raise InvalidClientMetadata("request_object_encryption_enc", "needs request_object_encryption_alg")
    for uri in found.request_uris:
        # OIDC Core §6.2: the fragment is the content's hash, and never sent.
        if problem := registration_problem(uri.partition("#")[0], "web"):
            raise InvalidClientMetadata("request_uris", problem)
    return found
