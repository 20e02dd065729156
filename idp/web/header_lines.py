"""The headers of an answer as they stand on the wire, where nothing in them needs the server's attention."""

from collections.abc import Sequence

_FOR_THE_SERVER = frozenset({b"connection", b"transfer-encoding", b"upgrade"})
_CONTROL = bytes({*range(0x20), 0x7F} - {ord("\t")})


def header_lines(headers: Sequence[tuple[bytes, bytes]], length: int | None) -> bytes | None:
    """Each name and value on a line. None: a value holds a control character, or it is for the server to decide how
    the body is framed, since `Content-Length` does not say `length` (None: any) or the connection is spoken of.
    """
    declared = None
    pieces: list[bytes] = []
    for name, value in headers:
        if name == b"content-length":
            declared = value
        elif name in _FOR_THE_SERVER:
            return None
        pieces += (name, b": ", value, b"\r\n")
    if declared is None or (length is not None and declared != b"%d" % length):
        return None
    lines = b"".join(pieces)
    is_clean = len(lines) - len(lines.translate(None, _CONTROL)) == 2 * len(headers)  # the ends of the lines
    return lines if is_clean else None
