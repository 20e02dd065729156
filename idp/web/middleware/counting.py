"""Counts requests and their time by the template of the route that answered, never by the path that was asked for."""

from asyncio import get_running_loop

from idp.metrics import count_request
from idp.web.plain import ROUTE_KEY, ASGIApp, Message, Receive, Scope, Send

_NO_ROUTE = "none"  # refused before a route was looked for, or there is none


def with_counting(app: ASGIApp) -> ASGIApp:
    """Outside of everything that can answer, so that the edge's own refusals count."""

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)
        status = 0

        async def send_watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        loop = get_running_loop()
        started = loop.time()
        try:
            return await app(scope, receive, send_watched)
        finally:
            count_request(_template_of(scope), status, loop.time() - started)

    return counted


def _template_of(scope: Scope) -> str:
    """The routes of pages are FastAPI's, which leaves the one that it found; ours leave their template themselves."""
    return str(scope.get(ROUTE_KEY) or getattr(scope.get("route"), "path", _NO_ROUTE))
