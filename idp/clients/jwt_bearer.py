"""Whose assertions about people a client may bring (RFC 7523 §2.1). Without this member it may bring nobody's."""

from dataclasses import dataclass

from idp.clients.members import InvalidClientMetadata, MemberReader
from idp.clients.own_keys import OwnKeys, read_own_keys
from idp.protocol.errors import OAuthError
from idp.protocol.redirect_uris import registration_problem
from idp.protocol.scopes import OFFLINE_ACCESS, OWN_API_PREFIX, parse_scope

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_MEMBER = "jwt_bearer_issuers"
_SUBJECTS = ("account_id", "email")


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """`subject` says what its `sub` names: an account's id, or its login email. `scope` is the most it can give."""

    issuer: str
    keys: OwnKeys
    subject: str
    scope: tuple[str, ...]


def read_jwt_bearer_issuers(read: MemberReader) -> tuple[TrustedIssuer, ...]:
    """Raises `InvalidClientMetadata`."""
    issuers = tuple(_read_issuer(MemberReader(each)) for each in read.json_objects(_MEMBER))
    if len({each.issuer for each in issuers}) != len(issuers):
        raise InvalidClientMetadata(_MEMBER, "names an issuer twice")
    return issuers


def _read_issuer(read: MemberReader) -> TrustedIssuer:
    issuer, keys = read.text("issuer"), read_own_keys(read)
    subject = read.choice("subject", _SUBJECTS, "account_id")
    scope = read.words("scope")
    read.refuse_unread()
    if issuer is None or not keys.exist:
        raise InvalidClientMetadata(_MEMBER, "must name an issuer, and its jwks or jwks_uri")
    if keys.jwks_uri is not None and (problem := registration_problem(keys.jwks_uri, "web")):
        raise InvalidClientMetadata("jwks_uri", problem)
    return TrustedIssuer(issuer, keys, subject, _checked_scope(scope))


def _checked_scope(words: tuple[str, ...]) -> tuple[str, ...]:
    try:
        scope = parse_scope(" ".join(words))
    except OAuthError as error:
        raise InvalidClientMetadata(_MEMBER, "must have scope values with one space between them") from error
    # Nobody is there to be asked for lasting access, and the admin API is a client's own.
    if OFFLINE_ACCESS in scope or any(value.startswith(OWN_API_PREFIX) for value in scope):
        raise InvalidClientMetadata(_MEMBER, f"cannot give {OFFLINE_ACCESS} or a scope of the admin API")
    return scope
