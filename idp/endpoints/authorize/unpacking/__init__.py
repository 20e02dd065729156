"""What an authorization request asks, whatever it came in: plain, a signed object, a reference to one, or pushed.

    parameters ─▶ client ─▶ the one way that was used ─▶ the parameters that count

It runs before the redirect URI is proven, since that may stand inside. A request that cannot be opened is therefore
returned with its refusal, never raised: whether the client or the person hears of it is decided afterwards. One file
for each way, listed in `WAYS`.
"""

from collections.abc import Awaitable, Callable, Mapping

from idp.clients.client import Client
from idp.endpoints.authorize.unpacking.by_reference import by_reference
from idp.endpoints.authorize.unpacking.by_value import by_value
from idp.endpoints.authorize.unpacking.pushed import pushed
from idp.endpoints.authorize.unpacking.unpacked import Unpacked
from idp.protocol.errors import ErrorCode, OAuthError
from idp.wiring import Wiring

__all__ = ["Unpacked", "unpack", "unpack_pushed_body"]

Way = Callable[[Wiring, Client, Mapping[str, str]], Awaitable[Unpacked | None]]

WAYS: tuple[Way, ...] = (pushed, by_reference, by_value)


async def unpack(wiring: Wiring, outer: Mapping[str, str]) -> Unpacked:
    """What came to the authorization endpoint."""
    client = await wiring.clients.get(outer.get("client_id", ""))
    if client is None or not client.is_active:
        return Unpacked(client, outer)
    if "request" in outer and "request_uri" in outer:  # OIDC Core §6.1
        refusal = OAuthError(ErrorCode.INVALID_REQUEST, "Use either request or request_uri.")
        return Unpacked(client, outer, refusal=refusal)
    for way in WAYS:
        if (unpacked := await way(wiring, client, outer)) is not None:
            return unpacked
    return Unpacked(client, outer)


async def unpack_pushed_body(wiring: Wiring, client: Client, outer: Mapping[str, str]) -> Unpacked:
    """What an authenticated client pushes: the same, but never a reference (RFC 9126 §2.1)."""
    if "request_uri" in outer:
        refusal = OAuthError(ErrorCode.INVALID_REQUEST, "request_uri cannot be pushed.")
        return Unpacked(client, outer, refusal=refusal)
    return await by_value(wiring, client, outer) or Unpacked(client, outer)
