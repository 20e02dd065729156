"""One line per request: method, path, status, duration, address. Never a query string, a header or a body.

RFC 9700 §4.2.4: codes, states and tokens travel in query strings, and a log outlives them.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import structlog

from idp.web.logs import JsonLines, without_secrets
from idp.web.plain import Scope

_LONGEST_PATH = 200

_stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)  # RFC 3339


def note_request(scope: Scope, status: int, seconds: float, request_id: str) -> None:
    """`status` 0: the caller left before the answer. The address is the caller's, after the proxies."""
    client = scope.get("client")
    event = {
        "method": scope["method"][:16],
        "path": scope["path"][:_LONGEST_PATH],
        "status": status,
        "milliseconds": round(seconds * 1000, 1),
        "address": client[0] if client else "",
        "request_id": request_id,
    }
    processors = structlog.get_config()["processors"]
    lines = processors[-1] if processors else None
    if not isinstance(lines, JsonLines):
        structlog.get_logger("idp.access").info("request", **event)
    elif lines.are_of_info:
        lines.output.write(as_json_line(event, lines.pid))


def as_json_line(event: Mapping[str, Any], pid: int | None) -> str:
    """What structlog's processors make of the same event, as a test shows, in 2 µs instead of 30: all requests pay."""
    process = "" if pid is None else f'"pid": {pid}, '
    return (
        f'{{"address": {_text(event["address"])}, "event": "request", "level": "info", '
        f'"method": {_text(event["method"])}, "milliseconds": {event["milliseconds"]}, '
        f'"path": {_text(event["path"])}, {process}"request_id": "{event["request_id"]}", "status": {event["status"]}, '
        f'"timestamp": "{_stamp(None, "", {})["timestamp"]}"}}\n'
    )


@lru_cache(maxsize=2048)
def _text(value: str) -> str:
    """Addresses, methods and paths are few at any time."""
    return json.dumps(without_secrets(value))
