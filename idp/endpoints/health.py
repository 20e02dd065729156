"""`/live`: the process answers. `/ready`: it can also serve. Neither says more (LG-11)."""

from idp.database.unavailable import DatabaseUnavailable
from idp.web.plain import ASGIApp, PlainRequest, PlainResponse, json_response, plain_endpoint
from idp.wiring import Wiring

_UP = json_response({"status": "up"})
_DOWN = json_response({"status": "down"}, 503, {"retry-after": "1"})


def live_endpoint() -> ASGIApp:
    async def live(_: PlainRequest) -> PlainResponse:
        return _UP

    return plain_endpoint(live, ("GET",))


def ready_endpoint(wiring: Wiring) -> ASGIApp:
    async def ready(_: PlainRequest) -> PlainResponse:
        try:
            is_ready = await wiring.database.is_reachable() and bool(wiring.keys.jwks())
        except DatabaseUnavailable:
            is_ready = False
        return _UP if is_ready else _DOWN

    return plain_endpoint(ready, ("GET",))
