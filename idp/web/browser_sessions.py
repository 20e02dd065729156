"""Who is signed in here: the session cookie, its sessions and their accounts, each checked against this browser.

The cookie carries up to five secrets, the current one first. A session whose browser changed is ended at once with all
its grants (`lifecycle`), and the reason is kept for the next page (F8).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self

from idp.accounts.account import Account
from idp.audit.record import Origin
from idp.database.engine import Database
from idp.lifecycle.end_session import end_session
from idp.protocol.user_agent_binding import UserAgent, is_same_browser, raised, reparsed
from idp.sealing import digest
from idp.sessions import store as sessions
from idp.sessions.session import BrowserSession, EndReason, SessionStatus
from idp.settings import Settings
from idp.wiring import Wiring

MOST_SESSIONS = 5
_SECRET_CHARACTERS = 43
_TOUCH_SECONDS = 60  # a session's last use is written at most this often


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live session with the account it belongs to; partial ones too."""

    secret: str
    session: BrowserSession
    account: Account

    @property
    def secret_digest(self) -> str:
        return digest(self.secret)


@dataclass(slots=True)
class BrowserSessions:
    """The sessions of one browser, the current one first, and what its cookie shall become."""

    entries: list[SignedIn] = field(default_factory=list)
    lapsed: SignedIn | None = None  # its next step was waited for in vain
    browser_changed: bool = False
    cookie_changed: bool = False

    @classmethod
    async def load(cls, cookie: str | None, *, wiring: Wiring, agent: UserAgent | None, origin: Origin) -> Self:
        """Reads the cookie's sessions; anything broken in it counts for nothing (SE-19)."""
        secrets = [part for part in (cookie or "").split(".") if len(part) == _SECRET_CHARACTERS][:MOST_SESSIONS]
        found = cls()
        if not secrets:
            return found
        rows = await wiring.sessions.list_by_secrets(secrets)
        pairs = [(secret, session, await wiring.accounts.find(session.account_id)) for secret, session in rows]
        for secret, session, account in pairs:
            if session.ended_reason is EndReason.USER_AGENT_CHANGED:
                found.browser_changed = True
            if account is None or not account.is_active or not session.is_alive(origin.now):
                found.cookie_changed = True
                if account is not None and account.is_active and session.status is SessionStatus.PARTIAL:
                    found.lapsed = SignedIn(secret, session, account)
                continue
            if not await _is_still_this_browser(
                wiring.database, session, agent=agent, origin=origin, settings=wiring.settings
            ):
                found.browser_changed = found.cookie_changed = True
                continue
            found.entries.append(SignedIn(secret, session, account))
        return found

    @property
    def current(self) -> SignedIn | None:
        return self.entries[0] if self.entries else None

    @property
    def secrets(self) -> list[str]:
        return [entry.secret for entry in self.entries]

    def find(self, session_id: str) -> SignedIn | None:
        return next((entry for entry in self.entries if entry.session.id == session_id), None)

    def put_first(self, entry: SignedIn) -> None:
        """Makes it the current session. Older sessions of the same account step aside; so does a sixth."""
        others = [other for other in self.entries if other.session.id != entry.session.id]
        self.entries = [entry, *others][:MOST_SESSIONS]
        self.cookie_changed = True

    def remove(self, session_id: str) -> None:
        self.entries = [entry for entry in self.entries if entry.session.id != session_id]
        self.cookie_changed = True

    def cookie_max_age(self, settings: Settings) -> int | None:
        """Seconds for a remembered session; None: the cookie ends with the browser."""
        if any(entry.session.remembered for entry in self.entries):
            return int(settings.remembered_session_lifetime.total_seconds())
        return None


async def _is_still_this_browser(
    database: Database, session: BrowserSession, *, agent: UserAgent | None, origin: Origin, settings: Settings
) -> bool:
    binding = session.binding
    if not is_same_browser(binding, agent):
        binding = reparsed(binding)  # a newer parser may read the stored string otherwise
        if not is_same_browser(binding, agent):
            async with database.writing() as db:
                await end_session(db, session, reason=EndReason.USER_AGENT_CHANGED, origin=origin)
            return False
    floor = raised(binding, agent) if agent else binding
    if floor != session.binding or origin.now - session.last_seen_at >= _TOUCH_SECONDS:
        idle = settings.remembered_session_idle if session.remembered else settings.session_idle
        async with database.writing() as db:
            await sessions.touch(
                db, session, binding=floor, idle_expires_at=_idle_end(session, origin.now, idle), now=origin.now
            )
    return True


def _idle_end(session: BrowserSession, now: int, idle: timedelta) -> int:
    """Using a partial session does not prolong it."""
    return now + int(idle.total_seconds()) if session.is_active else session.idle_expires_at


def has_second_account(entries: Sequence[SignedIn]) -> bool:
    """Whether there is a choice to make."""
    return len({entry.account.id for entry in entries}) > 1
