"""Refuses what is too big or too strange before anything parses it.

A body is counted while it streams, so that a missing or false Content-Length changes nothing.
"""

from idp.web.middleware.problems import RenderProblem, problem
from idp.web.plain import MAX_BODY_BYTES, ASGIApp, ClientDisconnected, Message, Receive, Scope, Send

MAX_TARGET_BYTES = 16 * 1024  # path and query
MAX_HEADER_BYTES = 32 * 1024
MAX_HEADERS = 64

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_ALLOW = {"allow": ", ".join(sorted(_METHODS))}
_CLOSE = {"connection": "close"}  # the rest of an oversized request is not read


class BodyTooLarge(ClientDisconnected):
    """Ends whoever was reading the body; the answer is this module's."""


def with_limits(app: ASGIApp, render_problem: RenderProblem | None) -> ASGIApp:
    """Target over 16 KiB: 414; headers over 32 KiB or 64: 431; body over 64 KiB: 413; compressed: 415; TRACE: 405."""

    async def limited(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)
        status = _refusal(scope)
        if status is None:
            status = await _run_counted(app, scope, receive, send)
        if status is None:
            return None
        headers = _ALLOW if status == 405 else _CLOSE
        return await problem(scope, status, render_problem, headers)(scope, receive, send)

    return limited


def _refusal(scope: Scope) -> int | None:
    """The status for what the request line and the headers already show."""
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    target = len(scope.get("raw_path") or scope["path"].encode()) + 1 + len(scope["query_string"])
    length = next((value for name, value in headers if name == b"content-length"), b"0").lstrip(b"0") or b"0"
    header_bytes = sum(len(name) + len(value) + 4 for name, value in headers)
    checks = (
        (405, scope["method"] not in _METHODS),
        (414, target > MAX_TARGET_BYTES),
        (431, len(headers) > MAX_HEADERS or header_bytes > MAX_HEADER_BYTES),
        (400, not scope["path"].isprintable() or "\ufffd" in scope["path"] or not length.isdigit()),
        (400, not _is_text(scope["query_string"])),
        (413, len(length) > 5 or (length.isdigit() and int(length) > MAX_BODY_BYTES)),
        # A compressed body could unfold to anything; nobody sends one.
        (415, any(name == b"content-encoding" and value.lower() != b"identity" for name, value in headers)),
    )
    return next((status for status, holds in checks if holds), None)


def _is_text(query: bytes) -> bool:
    """Whether every later reader can decode it: bytes beyond UTF-8 stand percent-encoded in an address, or nowhere."""
    try:
        query.decode()
    except UnicodeDecodeError:
        return False
    return True


async def _run_counted(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> int | None:
    """Runs the application; 413 if it was cut short by its own body before it had answered."""
    size = 0
    too_large = False
    started = False

    async def receive_counted() -> Message:
        nonlocal size, too_large
        message = await receive()
        size += len(message.get("body", b""))
        if size > MAX_BODY_BYTES:
            too_large = True
            raise BodyTooLarge
        return message

    async def send_watched(message: Message) -> None:
        nonlocal started
        if too_large and not started:
            return  # what a framework made of the cut-off body
        started = True
        await send(message)

    try:
        await app(scope, receive_counted, send_watched)
    except Exception:
        if not too_large or started:
            raise
    return 413 if too_large and not started else None
