"""`request_uri` with a name that the pushed authorization request endpoint gave out (RFC 9126 §4)."""

from collections.abc import Mapping

from idp.clients.client import Client
from idp.endpoints.authorize.unpacking.unpacked import Unpacked
from idp.grants.pushed_requests import REQUEST_URI_PREFIX, find_pushed_request
from idp.protocol.errors import ErrorCode, OAuthError
from idp.wiring import Wiring


async def pushed(wiring: Wiring, client: Client, outer: Mapping[str, str]) -> Unpacked | None:
    """None where it was not used. What stands beside it counts for nothing (RFC 9101 §6.3)."""
    request_uri = outer.get("request_uri", "")
    if not request_uri.startswith(REQUEST_URI_PREFIX):
        return None
    request_id = request_uri.removeprefix(REQUEST_URI_PREFIX)
    async with wiring.database.reading() as db:
        found = await find_pushed_request(
            db, wiring.master_keys, request_id, client_id=client.client_id, now=wiring.clock.now()
        )
    if found is None:
        # Without a redirect URI: nothing here is proven, so that the person hears of it and nobody else.
        refusal = OAuthError(ErrorCode.INVALID_REQUEST_URI, "The pushed request is unknown, used or expired.")
        return Unpacked(client, {"client_id": client.client_id}, refusal=refusal)
    return Unpacked(client, found.parameters, is_signed=found.is_signed, pushed_request=request_id)
