"""Structured logs: one event is one line, JSON in production, readable in development, and no secret in either.

The standard library's loggers (uvicorn, SQLAlchemy, Authlib) pass the same processors.
"""

import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import TextIOBase
from typing import Any, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from idp.web.log_sink import DetachedSink

_LONGEST_VALUE = 4000
_DEEPEST = 4
_SHORTEST_SHAPE = 14  # of what `_SECRET_SHAPES` finds; the check saves the search in most values of the access log
_REMOVED = "[removed]"

_SECRET_NAMES = frozenset(
    {
        "access_token", "assertion", "authorization", "client_assertion", "client_secret", "code", "code_verifier",
        "cookie", "cookies", "csrf", "csrf_token", "flow", "id_token", "id_token_hint", "link", "link_token",
        "login_hint", "master_key", "new_password", "otp", "otp_key", "password", "private_key", "refresh_token",
        "secret", "set_cookie", "shared_key", "state", "token", "user_code",
    }
)  # fmt: skip
_WORDS = frozenset({"flow", "link", "state", "cookies"})  # too common in prose to be taken for a parameter
_SECRET_PARAMETER = re.compile(
    r"(?i)\b("
    + "|".join(sorted((name.replace("_", "[_-]") for name in _SECRET_NAMES - _WORDS), key=len, reverse=True))
    + r")(['\"]?\s*[=:]\s*)(?:(?:Bearer|Basic|DPoP)\s+)?['\"]?[^\s&;,'\"]+"
)
_SECRET_SHAPES = re.compile(
    r"(?i)\b(?:Bearer|Basic|DPoP)\s+[\w.~+/=-]{8,}"  # Authorization headers
    r"|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"  # JWTs
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # a password in a URL
)

# These speak of URLs, parameters or statements below the given level.
_QUIET = {
    "aiosqlite": logging.WARNING,
    "alembic": logging.WARNING,
    "asyncio": logging.WARNING,
    "authlib": logging.INFO,
    "httpcore": logging.WARNING,
    "httpcore2": logging.WARNING,
    "httpx": logging.WARNING,
    "httpx2": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "uvicorn.access": logging.CRITICAL,
}


def configure_logs(
    *, level: str, as_json: bool, stream: TextIO | TextIOBase | None = None, pid: int | None = None
) -> None:
    """Sets up structlog and the standard library's logging for this process; call it once, at start.

    `pid` stands in each line where several processes write to one log.
    """
    output = cast(TextIO, stream or sys.stderr)  # all that is asked of it is to be written to
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),  # RFC 3339
        structlog.processors.format_exc_info,
        remove_secrets,
        *([_with_pid(pid)] if pid is not None else []),
    ]
    number = logging.getLevelNamesMapping()[level.upper()]
    renderer: Processor = (
        JsonLines(output, pid=pid, are_of_info=number <= logging.INFO)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=output.isatty())
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(output),
    )
    handler = logging.StreamHandler(output)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(max(quiet, number))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        # Whatever uvicorn's own configuration has set up: its lines go the same way as all others.
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    logging.captureWarnings(capture=True)


class JsonLines(structlog.processors.JSONRenderer):
    """Renders an event as one line; says where lines go and what stands in them, for those that are rendered elsewhere.

    `are_of_info`: whether lines of that level are written at all.
    """

    def __init__(self, output: TextIO, *, pid: int | None, are_of_info: bool) -> None:
        super().__init__(sort_keys=True)
        self.output = output
        self.pid = pid
        self.are_of_info = are_of_info


@contextmanager
def logging_to_stderr(level: str, *, pid: int | None = None) -> Iterator[None]:
    """A line of JSON for each event, and nobody waits for whoever reads them."""
    sink = DetachedSink(sys.stderr)
    configure_logs(level=level, as_json=True, stream=sink, pid=pid)
    try:
        yield
    finally:
        sink.finish()


def _with_pid(pid: int) -> Processor:
    def add(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["pid"] = pid
        return event

    return add


def remove_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Takes out what is named or looks like a secret, and cuts long values. A net, not a licence to log secrets."""
    return {name: _clean(name, value, depth=0) for name, value in event.items()}


def _clean(name: str, value: Any, *, depth: int) -> Any:  # noqa: ANN401 - any log value
    if name.lower().replace("-", "_") in _SECRET_NAMES and value not in (None, ""):
        return _REMOVED
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, Mapping) and depth < _DEEPEST:
        return {str(key): _clean(str(key), inner, depth=depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and depth < _DEEPEST:
        return [_clean("", inner, depth=depth + 1) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return without_secrets(str(value))


def without_secrets(text: str) -> str:
    """The text, cut, without what looks like a secret or is named as one."""
    if len(text) > _LONGEST_VALUE:
        # The end of a traceback is where the error stands; the start is where it came in.
        text = f"{text[: _LONGEST_VALUE // 2]} … {text[-_LONGEST_VALUE // 2 :]}"
    if len(text) >= _SHORTEST_SHAPE:
        text = _SECRET_SHAPES.sub(_REMOVED, text)
    if "=" in text or ":" in text:
        text = _SECRET_PARAMETER.sub(lambda found: f"{found[1]}{found[2]}{_REMOVED}", text)
    return text
