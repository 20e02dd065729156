"""`session_state`: by what a relying party's page notices that the login here has changed (Session Management §3.2)."""

import hashlib
from urllib.parse import urlsplit


def session_state(*, client_id: str, redirect_uri: str, browser_state: str, salt: str) -> str:
    """The salted hash that `static/check_session.js` computes again in the browser, and the salt.

    The origin is that of the page which will ask: the client's own, as its redirect URI has it.
    """
    digest = hashlib.sha256(f"{client_id} {origin_of(redirect_uri)} {browser_state} {salt}".encode()).hexdigest()
    return f"{digest}.{salt}"


def origin_of(uri: str) -> str:
    """RFC 6454 §6.2, as browsers write it: no port where it is the scheme's own."""
    parts = urlsplit(uri)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    is_usual = parts.port in {None, {"https": 443, "http": 80}.get(parts.scheme)}
    return f"{parts.scheme}://{host}" if is_usual else f"{parts.scheme}://{host}:{parts.port}"
