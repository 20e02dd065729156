"""Gives every request an id of its own: in the scope, in every log line, and in the answer as `X-Request-Id`.

None is accepted from outside: a caller could choose one that hides its request among others.
"""

import structlog

from idp.sealing import new_id
from idp.web.plain import REQUEST_ID_KEY, ASGIApp, Message, Receive, Scope, Send


def with_request_id(app: ASGIApp) -> ASGIApp:
    """Outermost, so that whatever goes wrong inside has an id."""

    async def identified(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)
        request_id = scope[REQUEST_ID_KEY] = new_id()

        async def send_identified(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            return await app(scope, receive, send_identified)

    return identified
