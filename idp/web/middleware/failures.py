"""The last net: what no endpoint caught becomes a page or JSON that tells an id and nothing else.

It stands inside Starlette's own error middleware, which would answer in its own words and raise again.
"""

import structlog

from idp.database.unavailable import DatabaseUnavailable
from idp.web.middleware.problems import RenderProblem, problem
from idp.web.plain import ASGIApp, ClientDisconnected, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)


def with_failures(app: ASGIApp, render_problem: RenderProblem | None) -> ASGIApp:
    """Turns exceptions into 503 (the database is gone) or 500; one after the answer has begun ends the connection."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)
        started = False

        async def send_watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            return await app(scope, receive, send_watched)
        except ClientDisconnected:
            return None
        except Exception as error:
            status = _report(error)
            if started:
                raise
        return await problem(scope, status, render_problem)(scope, receive, send)

    return guarded


def _report(error: Exception) -> int:
    if isinstance(error, DatabaseUnavailable):
        log.warning("database_unavailable", reason=str(error))
        return 503
    log.error("request_failed", exc_info=error)
    return 500
