"""The claims of ID tokens (OpenID Connect Core §2) and of access tokens (RFC 9068 §2.2), as plain dictionaries."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from idp.protocol.confirmation import UNBOUND, Confirmation
from idp.sealing import base64url

ID_TOKEN_TYPE = "JWT"  # noqa: S105 - the `typ` header, not a secret
ACCESS_TOKEN_TYPE = "at+jwt"  # noqa: S105 - RFC 9068 §2.1

# What only we say in a token: no account, client or extension can set these.
RESERVED_CLAIMS = frozenset(
    {
        "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "nonce", "auth_time", "acr", "amr", "azp", "at_hash",
        "c_hash",
        "s_hash", "sid", "grant_id", "scope", "client_id", "cnf", "act", "may_act", "events", "active", "token_type",
        "ua_binding",
        "ua_match", "authorization_details",
    }
)  # fmt: skip

# OpenID Connect Core §3.1.3.6: the hash of the signature's algorithm. Ed25519 signs over SHA-512.
_HASHES: Mapping[str, Callable[[bytes], "hashlib._Hash"]] = {
    "RS256": hashlib.sha256,
    "PS256": hashlib.sha256,
    "ES256": hashlib.sha256,
    "EdDSA": hashlib.sha512,
    "Ed25519": hashlib.sha512,
}


class Authentication(NamedTuple):
    """What a login established, as tokens tell it. `session_id` is the `sid`."""

    auth_time: int
    acr: str
    amr: tuple[str, ...]
    session_id: str


class IdToken(NamedTuple):
    """What one ID token says."""

    issuer: str
    subject: str
    client_id: str
    issued_at: int
    lifetime: int
    authentication: Authentication
    nonce: str | None = None
    ua_binding: Mapping[str, str] | None = None
    access_token: str | None = None
    code: str | None = None
    state: str | None = None


class AccessToken(NamedTuple):
    """What one access token says. Without an `authentication` no person signed in for it."""

    issuer: str
    subject: str
    client_id: str
    audience: tuple[str, ...]
    scope: tuple[str, ...]
    token_id: str
    issued_at: int
    lifetime: int
    authentication: Authentication | None = None
    grant_id: str | None = None
    ua_binding: Mapping[str, str] | None = None
    confirmation: Confirmation = UNBOUND
    authorization_details: Sequence[Mapping[str, Any]] = ()
    act: Mapping[str, Any] | None = None  # who acts for the subject


def id_token_claims(token: IdToken, *, alg: str, extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The payload of an ID token that will be signed with `alg`; `extra` may not contain a reserved claim."""
    claims: dict[str, Any] = {
        **_checked(extra),
        "iss": token.issuer,
        "sub": token.subject,
        "aud": token.client_id,
        "exp": token.issued_at + token.lifetime,
        "iat": token.issued_at,
        **_authentication_claims(token.authentication),
    }
    # OpenID Connect Core §2: passed through unmodified from the request.
    if token.nonce is not None:
        claims["nonce"] = token.nonce
    # OpenID Connect Core §3.3.2.11; FAPI 1.0 Part 2 §5.1 for the state.
    for name, value in (("at_hash", token.access_token), ("c_hash", token.code), ("s_hash", token.state)):
        if value is not None:
            claims[name] = half_hash(value, alg)
    if token.ua_binding is not None:
        claims["ua_binding"] = dict(token.ua_binding)
    return claims


def access_token_claims(token: AccessToken, *, extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The payload of an access token; `extra` may not contain a reserved claim."""
    claims: dict[str, Any] = {
        **_checked(extra),
        "iss": token.issuer,
        "sub": token.subject,
        "aud": token.audience[0] if len(token.audience) == 1 else list(token.audience),
        "client_id": token.client_id,
        "jti": token.token_id,
        "exp": token.issued_at + token.lifetime,
        "iat": token.issued_at,
    }
    # RFC 9068 §2.2.3: `scope` where scopes were granted; an empty one is not a value.
    if token.scope:
        claims["scope"] = " ".join(token.scope)
    if token.authentication is not None:
        claims |= _authentication_claims(token.authentication)
    if token.grant_id is not None:
        claims["grant_id"] = token.grant_id
    if cnf := token.confirmation.to_claim():
        claims["cnf"] = cnf
    if token.ua_binding is not None:
        claims["ua_binding"] = dict(token.ua_binding)
    if token.authorization_details:
        claims["authorization_details"] = [dict(detail) for detail in token.authorization_details]  # RFC 9396 §9.1
    if token.act is not None:
        claims["act"] = dict(token.act)  # RFC 8693 §4.1
    return claims


def half_hash(value: str, alg: str) -> str:
    """OpenID Connect Core §3.1.3.6: the left half of the hash; `KeyError` for other `alg`.

    A token is ASCII; a state need not be.
    """
    full = _HASHES[alg](value.encode()).digest()
    return base64url(full[: len(full) // 2])


def _authentication_claims(authentication: Authentication) -> dict[str, Any]:
    return {
        "auth_time": authentication.auth_time,
        "acr": authentication.acr,
        "amr": list(authentication.amr),
        "sid": authentication.session_id,
    }


def _checked(extra: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if extra and not RESERVED_CLAIMS.isdisjoint(extra):
        raise ValueError("an extra claim has a reserved name")
    return extra or {}
