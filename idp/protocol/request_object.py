"""A request object (RFC 9101, OIDC Core §6): an authorization request whose parameters are the claims of a JWT.

Here is what the claims must say, and how they read as parameters. Who signed it is `signed_by_client`'s to say.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError

from idp.protocol.parameters import is_clean
from idp.protocol.signed_by_client import Unverified
from idp.protocol.strict_json import parse_object

# Claims that are about the JWT, not about the request (RFC 9101 §4).
_ABOUT_ITSELF = frozenset({"iss", "aud", "exp", "iat", "nbf", "jti"})
_NEVER_INSIDE = ("request", "request_uri")  # RFC 9101 §4
# RFC 9101 §10.8 names the first; `JWT` is what libraries write for no type at all. Another type is another thing.
_TYPES = {None, "oauth-authz-req+jwt", "application/oauth-authz-req+jwt", "jwt"}
_LEEWAY = 10  # seconds that a client's clock may be ahead
_LONGEST_LIFE = 3600  # FAPI 2.0 Message Signing §5.3.1
_LONGEST_ID = 256
_LONGEST_NUMBER = 2**53


class RequestObjectRefused(Exception):
    """Not a request of this client, for us, now. The reason is for the log."""


@dataclass(frozen=True, slots=True)
class RequestObject:
    """The parameters, and by which name the object may come once, until when; None: as often as it is valid."""

    parameters: Mapping[str, str]
    token_id: str | None
    expires_at: int


def read_request_object(
    token: Unverified, *, client_id: str, issuer: str, alone_counts: bool, is_bounded: bool, now: int
) -> RequestObject:
    """Raises `RequestObjectRefused`. `alone_counts`: nothing outside completes it; `is_bounded`: see `profiles`."""
    claims = token.claims
    if (token.typ.lower() if token.typ else None) not in _TYPES:
        raise RequestObjectRefused("typ")
    if any(name in claims for name in _NEVER_INSIDE):
        raise RequestObjectRefused("a request within the request")
    # RFC 9101 §10.8: an assertion of who the client is must not pass for what it asks.
    if claims.get("iss", client_id) != client_id or claims.get("sub") == client_id:
        raise RequestObjectRefused("issuer or subject")
    if claims.get("client_id", None if alone_counts else client_id) != client_id:  # RFC 9101 §4, §6.3
        raise RequestObjectRefused("client_id")
    _check_audience(claims, issuer, must_have=is_bounded)
    expires_at = _check_time(claims, is_bounded=is_bounded, now=now)
    return RequestObject(_parameters(claims), _token_id(claims) if is_bounded else None, expires_at)


def apparent_state(token: str) -> str | None:
    """The `state` of a request object that nobody has to believe, to give it back with its refusal (RFC 6749 §4.1.2.1).

    As good as a `state` outside, which everybody can write as well.
    """
    try:
        state = parse_object(jws.extract_compact(token.encode()).payload).get("state")
    except (JoseError, ValueError, TypeError, RecursionError):
        return None
    return state if isinstance(state, str) and state and is_clean(state) else None


def _check_audience(claims: Mapping[str, Any], issuer: str, *, must_have: bool) -> None:
    """RFC 9101 §4: the issuer, alone or among others."""
    if "aud" not in claims and not must_have:
        return
    aud = claims.get("aud")
    if aud != issuer and not (isinstance(aud, list) and issuer in aud):
        raise RequestObjectRefused("aud")


def _check_time(claims: Mapping[str, Any], *, is_bounded: bool, now: int) -> int:
    """When it expires; 0 where it does not say."""
    moments = {name: _moment(claims[name], name) for name in ("exp", "nbf", "iat") if name in claims}
    if "exp" in moments and moments["exp"] <= now:
        raise RequestObjectRefused("exp")
    if max(moments.get("nbf", 0), moments.get("iat", 0)) > now + _LEEWAY:
        raise RequestObjectRefused("from the future")
    if is_bounded:
        if not {"exp", "nbf"} <= moments.keys():
            raise RequestObjectRefused("exp or nbf is missing")
        if moments["nbf"] < now - _LONGEST_LIFE or moments["exp"] - moments["nbf"] > _LONGEST_LIFE:
            raise RequestObjectRefused("lives too long")
    return moments.get("exp", 0)


def _moment(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**40:
        raise RequestObjectRefused(name)
    return int(value)


def _token_id(claims: Mapping[str, Any]) -> str | None:
    token_id = claims.get("jti")
    if token_id is None:
        return None
    if not isinstance(token_id, str) or not 0 < len(token_id) <= _LONGEST_ID or not token_id.isprintable():
        raise RequestObjectRefused("jti")
    return token_id


def _parameters(claims: Mapping[str, Any]) -> dict[str, str]:
    """Each claim as it would stand in a query; without a value it counts as left out, as it does there."""
    texts = {name: _text(value) for name, value in claims.items() if name not in _ABOUT_ITSELF and value is not None}
    return {name: text for name, text in texts.items() if text}


def _text(value: object) -> str:
    """RFC 9101 §4: numbers are numbers, and `claims` is an object; a list of words is what a query joins by spaces."""
    match value:
        case bool():
            text = "true" if value else "false"
        case int() if abs(value) < _LONGEST_NUMBER:
            text = str(value)
        case str():
            text = value
        case list() if all(isinstance(each, str) for each in value):
            text = " ".join(value)
        case dict() | list():
            text = _json(value)
        case _:
            raise RequestObjectRefused("a claim that is no parameter")
    if not is_clean(text):
        raise RequestObjectRefused("a control character")
    return text


def _json(value: object) -> str:
    try:
        return json.dumps(value, separators=(",", ":"), allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise RequestObjectRefused("a claim that is no parameter") from error
