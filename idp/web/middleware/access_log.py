"""One line per request: method, path, status, duration, address. Never a query string, a header or a body.

RFC 9700 §4.2.4: codes, states and tokens travel in query strings, and a log outlives them.
"""

import json
from functools import lru_cache
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from idp.web.logs import without_secrets
from idp.web.plain import Scope

_LONGEST_PATH = 200

_stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)  # RFC 3339


class AccessLog:
    """Writes to the log that is configured when it is made."""

    def __init__(self) -> None:
        self._log = _logger()

    def note(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        """`status` 0: the caller left before the answer. The address is the caller's, after the proxies."""
        client = scope.get("client")
        self._log.info(
            "request",
            method=scope["method"][:16],
            path=scope["path"][:_LONGEST_PATH],
            status=status,
            milliseconds=round(seconds * 1000, 1),
            address=client[0] if client else "",
            request_id=request_id,
        )


def _logger() -> Any:  # noqa: ANN401 - structlog's own type depends on the configuration
    """Where lines are JSON, theirs is put together here."""
    configured = structlog.get_config()
    processors = configured["processors"]
    if not processors or not isinstance(processors[-1], structlog.processors.JSONRenderer):
        return structlog.get_logger("idp.access")
    return structlog.wrap_logger(
        configured["logger_factory"](), processors=[as_json_line], wrapper_class=configured["wrapper_class"]
    ).bind()


def as_json_line(_: WrappedLogger, __: str, event: EventDict) -> str:
    """What the other processors make of the same event, as a test shows, in 5 µs instead of 30: every request pays."""
    return (
        f'{{"address": {_text(event["address"])}, "event": "request", "level": "info", '
        f'"method": {_text(event["method"])}, "milliseconds": {event["milliseconds"]}, '
        f'"path": {_text(event["path"])}, "request_id": "{event["request_id"]}", "status": {event["status"]}, '
        f'"timestamp": "{_stamp(_, __, {})["timestamp"]}"}}'
    )


@lru_cache(maxsize=2048)
def _text(value: str) -> str:
    """Addresses, methods and paths are few at any time."""
    return json.dumps(without_secrets(value))
