"""One line per request: method, path, status, duration, address. Never a query string, a header or a body.

RFC 9700 §4.2.4: codes, states and tokens travel in query strings, and a log outlives them.
"""

from asyncio import get_running_loop

import structlog

from idp.web.plain import ASGIApp, Message, Receive, Scope, Send

_LONGEST_PATH = 200

log = structlog.get_logger("idp.access")


def with_access_log(app: ASGIApp) -> ASGIApp:
    """Inside the proxy headers, so that the line names the caller and not the proxy."""

    async def logged(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)
        status = 0  # what a caller that left before the answer gets

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
            client = scope.get("client")
            log.info(
                "request",
                method=scope["method"][:16],
                path=scope["path"][:_LONGEST_PATH],
                status=status,
                milliseconds=round((loop.time() - started) * 1000, 1),
                address=client[0] if client else "",
            )

    return logged
