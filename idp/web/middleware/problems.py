"""How the edge itself says no: a page for a browser, JSON for everything else, and never a detail."""

from collections.abc import Callable, Mapping

import structlog

from idp.protocol.errors import ErrorCode
from idp.web.plain import ASGIApp, Receive, Scope, Send, json_response

RenderProblem = Callable[[Scope, int], ASGIApp]
"""Makes the page of a status; a Starlette `Response` is one."""

_RETRY = {503: {"retry-after": "1"}}

log = structlog.get_logger(__name__)


def accepts_html(scope: Scope) -> bool:
    """Whether a person looks at the answer."""
    return any(name == b"accept" and b"text/html" in value.lower() for name, value in scope["headers"])


def problem(
    scope: Scope, status: int, render: RenderProblem | None, headers: Mapping[str, str] | None = None
) -> ASGIApp:
    """The answer to a request that failed before, or outside, an endpoint."""
    extra = {**_RETRY.get(status, {}), **(headers or {})}
    if render is not None and accepts_html(scope):
        try:
            return _with_headers(render(scope, status), extra)
        except Exception:
            log.exception("problem_page_failed", status=status)
    return json_response({"error": _code(status)}, status, extra)


def _code(status: int) -> str:
    if status == 503:
        return str(ErrorCode.TEMPORARILY_UNAVAILABLE)
    return str(ErrorCode.SERVER_ERROR if status >= 500 else ErrorCode.INVALID_REQUEST)


def _with_headers(app: ASGIApp, headers: Mapping[str, str]) -> ASGIApp:
    added = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *added]}  # type: ignore[misc]
            await send(message)

        await app(scope, receive, send_with)  # type: ignore[arg-type]

    return answer
