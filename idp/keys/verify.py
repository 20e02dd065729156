"""Reads JWTs that we signed ourselves: access tokens, and ID tokens that come back as hints.

The header may only name one of our keys; the algorithm is that key's. A header of ours has three members, so that
`jwk`, `jku`, `x5u`, `x5c`, `crit` and `b64` are refused by being there at all.
"""

from collections.abc import Collection, Mapping
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError

from idp.keys.algorithms import registry_of
from idp.keys.ring import KeyRing
from idp.keys.seen_tokens import Seen
from idp.protocol.strict_json import parse_object

_MAX_TOKEN_BYTES = 16 * 1024
_HEADER_MEMBERS = {"alg", "kid", "typ"}
# Clocks of two nodes differ; RFC 7519 §4.1.5 allows a small leeway.
_FUTURE_LEEWAY_SECONDS = 10


class InvalidToken(Exception):
    """Not a token of ours that is good now. The reason is for the log, not for whoever sent it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def verify_own_jwt(  # noqa: PLR0913 - the contract of every sink: each says all it expects
    ring: KeyRing,
    token: str,
    *,
    typ: str,
    issuer: str,
    now: int,
    audience: str | Collection[str] | None = None,
    allow_expired: bool = False,
) -> dict[str, Any]:
    """The claims of a token of ours; raises `InvalidToken`.

    With `audience`, one of its values must stand in `aud`. `allow_expired` is for ID token hints
    (OIDC RP-Initiated Logout §2), and spares `exp` alone.
    """
    claims = dict(_seen_claims(ring, token, typ) or _verified_claims(ring, token, typ))
    if claims.get("iss") != issuer:
        raise InvalidToken("issuer")
    if audience is not None and not _is_meant_for(claims.get("aud"), audience):
        raise InvalidToken("audience")
    _check_times(claims, now, allow_expired=allow_expired)
    return claims


def _seen_claims(ring: KeyRing, token: str, typ: str) -> Mapping[str, Any] | None:
    """Those of a token of this kind that the same key has verified before, if the key is still published."""
    seen = ring.seen.find(token)
    if seen is None or seen.typ != typ or ring.find_verifying_key(seen.key.kid) is not seen.key:
        return None
    return seen.claims


def _verified_claims(ring: KeyRing, token: str, typ: str) -> Mapping[str, Any]:
    # JW-12: what is too large is refused before any of it is decoded. A character is at least one byte.
    if len(token) > _MAX_TOKEN_BYTES or not token.isascii():
        raise InvalidToken("size")
    try:
        signed = jws.extract_compact(token.encode())
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise InvalidToken("format") from error
    header: object = signed.headers()  # any JSON at all
    if not isinstance(header, dict) or header.keys() != _HEADER_MEMBERS:
        raise InvalidToken("header")
    # RFC 8725 §3.11: a token of another kind is no token here.
    if header["typ"] != typ:
        raise InvalidToken("typ")
    own = ring.find_verifying_key(header["kid"]) if isinstance(header["kid"], str) else None
    # RFC 8725 §3.1: the algorithm belongs to the key.
    if own is None or header["alg"] != own.alg:
        raise InvalidToken("key")
    try:
        is_valid = jws.validate_compact(signed, own.key, registry=registry_of(own.alg))
    except (JoseError, ValueError) as error:
        raise InvalidToken("signature") from error
    if not is_valid:
        raise InvalidToken("signature")
    claims = _parse_claims(signed.payload)
    ring.seen.add(token, Seen(typ, own, claims))
    return claims


def _parse_claims(payload: bytes) -> dict[str, Any]:
    try:
        return parse_object(payload)
    except ValueError as error:
        raise InvalidToken("claims") from error


def _is_meant_for(aud: object, audience: str | Collection[str]) -> bool:
    wanted = {audience} if isinstance(audience, str) else set(audience)
    if isinstance(aud, str):
        return aud in wanted
    return isinstance(aud, list) and all(isinstance(each, str) for each in aud) and not wanted.isdisjoint(aud)


def _check_times(claims: dict[str, Any], now: int, *, allow_expired: bool) -> None:
    """Ours are whole seconds, always with `exp` and `iat`: strings, fractions and booleans are forgeries or faults."""
    expires_at, issued_at, not_before = claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)
    if type(expires_at) is not int or type(issued_at) is not int or type(not_before) is not int:
        raise InvalidToken("time")
    if expires_at <= now and not allow_expired:
        raise InvalidToken("expired")
    if max(issued_at, not_before) > now + _FUTURE_LEEWAY_SECONDS:
        raise InvalidToken("future")
