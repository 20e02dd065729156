"""Whether an access token of ours still stands: its client is active, and it and its grant are not revoked.

A token that came out of an exchange (RFC 8693) hangs on the grant of another client: that one counts as well, and the
exchanging client can take back its own token alone.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from idp.grants.grant import LiveGrant
from idp.keys.verify import InvalidToken, verify_own_jwt
from idp.protocol.token_claims import ACCESS_TOKEN_TYPE
from idp.wiring import Wiring


class LiveToken(NamedTuple):
    """`grant` is None for what a client got for itself."""

    claims: Mapping[str, Any]
    grant: LiveGrant | None


def read_own_access_token(wiring: Wiring, token: str, *, now: int) -> dict[str, Any] | None:
    """Its claims, if it is one of ours and its time is not over; costs no look-up."""
    try:
        return verify_own_jwt(wiring.keys, token, typ=ACCESS_TOKEN_TYPE, issuer=wiring.settings.issuer, now=now)
    except InvalidToken:
        return None


async def live_token(wiring: Wiring, claims: Mapping[str, Any], *, now: int) -> LiveToken | None:
    """None when anything behind a token with these claims has ended."""
    if not await _is_active(wiring, claims["client_id"]):
        return None
    if "grant_id" not in claims:
        return None if await wiring.grants.is_revoked(claims["jti"]) else LiveToken(claims, None)
    grant = await wiring.grants.find_live(claims["grant_id"], now=now)
    if grant is None:
        return None
    was_exchanged = grant.client_id != claims["client_id"]
    if was_exchanged and await wiring.grants.is_revoked(claims["jti"]):
        return None
    if was_exchanged and not await _is_active(wiring, grant.client_id):
        return None
    return LiveToken(claims, grant)


async def _is_active(wiring: Wiring, client_id: str) -> bool:
    client = await wiring.clients.get(client_id)
    return client is not None and client.is_active
