"""A client's assertion of who it is (RFC 7523 §3): what its claims must say."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LONGEST_LIFE = 300  # seconds: what is kept to refuse it a second time stays small
_LEEWAY = 10
_LONGEST_ID = 256


class AssertionRefused(Exception):
    """Not an assertion for us, now, from whom it should be. The reason is for the log."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """What is left to check: that it was not used before. `expires_at` bounds for how long that matters."""

    client_id: str
    token_id: str
    expires_at: int


def check_assertion(
    claims: Mapping[str, Any], *, client_id: str, audiences: Collection[str], only_string: bool, now: int
) -> Assertion:
    """Raises `AssertionRefused`. `audiences`: the names we go by; `only_string`: FAPI 2.0 Security Profile §5.3.2.1."""
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise AssertionRefused("issuer or subject")
    token_id, expires_at = check_once_for_us(claims, audiences=audiences, only_string=only_string, now=now)
    return Assertion(client_id, token_id, expires_at)


def check_once_for_us(
    claims: Mapping[str, Any], *, audiences: Collection[str], only_string: bool, now: int
) -> tuple[str, int]:
    """RFC 7523 §3: `jti` and expiry of what is meant for us and lives for minutes; raises `AssertionRefused`."""
    if not _is_for_us(claims.get("aud"), audiences, only_string=only_string):
        raise AssertionRefused("audience")
    expires_at, token_id = claims.get("exp"), claims.get("jti")
    if type(expires_at) is not int or not now < expires_at <= now + _LONGEST_LIFE + _LEEWAY:
        raise AssertionRefused("expiry")
    for name in ("iat", "nbf"):
        moment = claims.get(name, 0)
        if isinstance(moment, bool) or not isinstance(moment, int | float) or moment > now + _LEEWAY:
            raise AssertionRefused(name)
    if not isinstance(token_id, str) or not 0 < len(token_id) <= _LONGEST_ID or not token_id.isprintable():
        raise AssertionRefused("jti")
    return token_id, expires_at


def _is_for_us(aud: object, audiences: Collection[str], *, only_string: bool) -> bool:
    if isinstance(aud, str):
        return aud in audiences
    # One address is ours and all are strings: an array that names others too could be meant for them.
    is_list = isinstance(aud, list) and len(aud) == 1 and isinstance(aud[0], str)
    return not only_string and is_list and isinstance(aud, list) and aud[0] in audiences
