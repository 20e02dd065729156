"""The origin of a URI (RFC 6454)."""

from urllib.parse import urlsplit

_USUAL_PORTS = {"https": 443, "http": 80}


def origin_of(uri: str) -> str:
    """As browsers write it (§6.2): lower case, no port where it is the scheme's own; `ValueError` for a broken one."""
    parts = urlsplit(uri)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    is_usual = parts.port in {None, _USUAL_PORTS.get(parts.scheme)}
    return f"{parts.scheme}://{host}" if is_usual else f"{parts.scheme}://{host}:{parts.port}"
