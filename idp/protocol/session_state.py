"""`session_state`: by what a relying party's page notices that the login here has changed (Session Management §3.2)."""

import hashlib

from idp.protocol.origins import origin_of


def session_state(*, client_id: str, redirect_uri: str, browser_state: str, salt: str) -> str:
    """The salted hash that `static/check_session.js` computes again in the browser, and the salt.

    The origin is that of the page which will ask: the client's own, as its redirect URI has it.
    """
    digest = hashlib.sha256(f"{client_id} {origin_of(redirect_uri)} {browser_state} {salt}".encode()).hexdigest()
    return f"{digest}.{salt}"
