"""Refuses what is too big or too strange before anything parses it.

A body is counted while it streams: `exchange.Exchange.receive`.
"""

from itertools import chain

from idp.web.plain import MAX_BODY_BYTES, ClientDisconnected, Scope

MAX_TARGET_BYTES = 16 * 1024  # path and query
MAX_HEADER_BYTES = 32 * 1024
MAX_HEADERS = 64

_OF_THE_BODY = frozenset({b"content-length", b"content-encoding"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CLOSE = {"connection": "close"}  # the rest of an oversized request is not read
_ALLOW = {"allow": ", ".join(sorted(_METHODS))}
_HEADERS_OF = {400: _CLOSE, 405: _ALLOW, 413: _CLOSE, 414: _CLOSE, 415: _CLOSE, 431: _CLOSE}


class BodyTooLarge(ClientDisconnected):
    """Ends whoever was reading the body; the answer is the edge's: 413."""


def headers_of_refusal(status: int) -> dict[str, str]:
    """What belongs to the answer beside its status."""
    return _HEADERS_OF.get(status, {})


def refused_status(scope: Scope) -> int | None:
    """Target over 16 KiB: 414; headers over 32 KiB or 64: 431; body over 64 KiB: 413; compressed: 415; TRACE: 405."""
    if scope["method"] not in _METHODS:
        return 405
    if len(scope.get("raw_path") or scope["path"].encode()) + 1 + len(scope["query_string"]) > MAX_TARGET_BYTES:
        return 414
    if not _is_text(scope):
        return 400
    return _refused_headers(scope["headers"])


def _refused_headers(headers: list[tuple[bytes, bytes]]) -> int | None:
    size = len(b"".join(chain.from_iterable(headers))) + 4 * len(headers)
    if len(headers) > MAX_HEADERS or size > MAX_HEADER_BYTES:
        return 431
    return None if _OF_THE_BODY.isdisjoint([name for name, _ in headers]) else _refused_body(headers)


def _refused_body(headers: list[tuple[bytes, bytes]]) -> int | None:
    length = b""
    for name, value in headers:
        if name == b"content-length" and not length:
            length = value.lstrip(b"0") or b"0"
            if not length.isdigit():
                return 400
        # A compressed body could unfold to anything; nobody sends one.
        elif name == b"content-encoding" and value.lower() != b"identity":
            return 415
    return 413 if len(length) > 5 or int(length or b"0") > MAX_BODY_BYTES else None


def _is_text(scope: Scope) -> bool:
    """Whether every later reader can decode it: bytes beyond UTF-8 stand percent-encoded in an address, or nowhere."""
    path: str = scope["path"]
    query: bytes = scope["query_string"]
    if not path.isprintable() or "\ufffd" in path:
        return False
    try:
        return query.isascii() or query.decode() != ""
    except UnicodeDecodeError:
        return False
