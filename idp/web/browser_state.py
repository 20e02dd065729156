"""The OP browser state (Session Management §3.2): a cookie that a script of ours reads inside other people's pages.

It says nothing but whether the logins of this browser are still the same ones; it opens no session.
"""

import secrets
from collections.abc import Iterable

from idp.protocol.session_state import session_state
from idp.sealing import MasterKeys, base64url
from idp.sessions.session import BrowserSession
from idp.wiring import Wiring

_PURPOSE = "browser-state"


def browser_state(keys: MasterKeys, sessions: Iterable[BrowserSession]) -> str:
    """Another value at every login and logout, and the same one in between."""
    active = sorted({session.id for session in sessions if session.is_active})
    return base64url(keys.mac(" ".join(active).encode(), purpose=_PURPOSE)[:16])


def session_state_for(
    wiring: Wiring, *, client_id: str, redirect_uri: str, sessions: Iterable[BrowserSession]
) -> str | None:
    """The member of a successful authorization answer; None where session management is switched off."""
    if not wiring.settings.session_management:
        return None
    return session_state(
        client_id=client_id,
        redirect_uri=redirect_uri,
        browser_state=browser_state(wiring.master_keys, sessions),
        salt=secrets.token_urlsafe(8),
    )
