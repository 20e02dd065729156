"""The `request` parameter: all other parameters in one JWT that the client signed (CIBA §7.1.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from idp.clients.backchannel_authentication import REQUEST_ALGORITHMS
from idp.clients.client import Client
from idp.outbound.client import OutboundFailed
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.signed_by_client import NotSigned, take_apart
from idp.replay import store as replay
from idp.wiring import Wiring

_KIND = "backchannel_request"
# What proves the client stands outside; everything else stands inside, and nowhere else.
_OUTSIDE = frozenset({"request", "client_id", "client_secret", "client_assertion", "client_assertion_type"})
_ABOUT_ITSELF = frozenset({"aud", "iss", "exp", "iat", "nbf", "jti"})
_LONGEST_LIFE = 3600  # FAPI-CIBA §5.2.2: no more than 60 minutes after nbf
_LEEWAY = 10
_LONGEST_ID = 256

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """The parameters, and under which name the request may not come again until when."""

    parameters: Mapping[str, str]
    token_id: str
    expires_at: int


class _Refused(Exception):
    """The reason is for the log."""


async def parameters_of(wiring: Wiring, client: Client, form: Mapping[str, str]) -> Mapping[str, str]:
    """The request's parameters, from the JWT where the client signs; raises `OAuthError` (invalid_request)."""
    alg, token = client.backchannel_authentication.request_signing_alg, form.get("request")
    if alg is None and token is None:
        return form
    if alg is None:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "The client is not registered for signed requests.")
    if token is None:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "The client signs its requests: request is missing.")
    if form.keys() - _OUTSIDE:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "Beside request no other parameter may stand.")
    try:
        signed = await _open(wiring, client, token, alg=alg)
    except (NotSigned, _Refused, OutboundFailed) as error:
        log.info("backchannel_request_refused", client_id=client.client_id, reason=str(error))
        raise OAuthError(
            ErrorCode.INVALID_REQUEST, "request is not a valid JWT of this client.", detail=str(error)
        ) from error
    async with wiring.database.writing() as db:
        name = f"{client.client_id}\n{signed.token_id}"
        is_first = await replay.spend(db, _KIND, name, expires_at=signed.expires_at)
    if not is_first:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "request was used before.")
    return signed.parameters


async def _open(wiring: Wiring, client: Client, token: str, *, alg: str) -> SignedRequest:
    """Raises `NotSigned`, `OutboundFailed` or `_Refused`. What costs nothing comes first (OU-05)."""
    unverified = take_apart(token, algorithms=REQUEST_ALGORITHMS)
    if unverified.alg != alg:
        raise _Refused("algorithm")
    signed = _read(unverified.claims, client_id=client.client_id, issuer=wiring.settings.issuer, now=wiring.clock.now())
    await wiring.client_keys.verify(client, unverified)
    return signed


def _read(claims: Mapping[str, Any], *, client_id: str, issuer: str, now: int) -> SignedRequest:
    """CIBA §7.1.1: aud, iss, exp, iat, nbf and jti are all required."""
    aud, token_id = claims.get("aud"), claims.get("jti")
    if claims.get("iss") != client_id:
        raise _Refused("iss")
    if aud != issuer and not (isinstance(aud, list) and issuer in aud):
        raise _Refused("aud")
    if not isinstance(token_id, str) or not 0 < len(token_id) <= _LONGEST_ID:
        raise _Refused("jti")
    expires_at, begins_at, made_at = (_moment(claims, name) for name in ("exp", "nbf", "iat"))
    if expires_at <= now or max(begins_at, made_at) > now + _LEEWAY or expires_at - begins_at > _LONGEST_LIFE:
        raise _Refused("time")
    parameters = {name: _text(value) for name, value in claims.items() if name not in _ABOUT_ITSELF}
    return SignedRequest({name: value for name, value in parameters.items() if value}, token_id, expires_at)


def _moment(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**40:
        raise _Refused(name)
    return int(value)


def _text(value: object) -> str:
    """A parameter as it would stand in the form; requested_expiry may be a number (CIBA §7.1.1)."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31:
        return str(value)
    if not isinstance(value, str) or not (value.isprintable() or value == ""):
        raise _Refused("parameter")
    return value
