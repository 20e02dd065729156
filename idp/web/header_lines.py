"""The headers of an answer as they stand on the wire, where nothing in them needs the server's attention."""

import re
from collections.abc import Sequence

_FOR_THE_SERVER = frozenset({b"connection", b"transfer-encoding", b"upgrade"})
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def header_lines(headers: Sequence[tuple[bytes, bytes]], length: int | None) -> bytes | None:
    """Each name and value on a line. None: a value holds a control character, or it is for the server to decide how
    the body is framed, since `Content-Length` does not say `length` (None: any) or the connection is spoken of.
    """
    declared = None
    for name, value in headers:
        if name == b"content-length":
            declared = value
        elif name in _FOR_THE_SERVER:
            return None
    if declared is None or (length is not None and declared != b"%d" % length):
        return None
    lines = b"".join([b"%b: %b\r\n" % header for header in headers])
    is_clean = lines.count(b"\n") == lines.count(b"\r") == len(headers) and not _CONTROL.search(lines)
    return lines if is_clean else None
