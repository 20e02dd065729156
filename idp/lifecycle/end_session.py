"""Ends one browser session and the grants that hang on it, and tells the applications that it signed a person in to."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.grants import store as grants
from idp.grants.grant import RevocationReason
from idp.lifecycle.logout_notices import LogoutNotice, queue_logout_notices
from idp.sessions import store as sessions
from idp.sessions.session import BrowserSession, EndReason

# A logout spares the grants with `offline_access`: that is what the scope is for. Nothing else does (SE-07).
_SPARES_OFFLINE = {EndReason.LOGOUT}
# Whoever signs out waits for the first try of the notices, and makes it beside the outbox: it looks after them later.
_HEAD_START_SECONDS = 5


@dataclass(frozen=True, slots=True)
class EndedSession:
    """What the caller that ended a session may have to tell the person who ended it."""

    notices: tuple[LogoutNotice, ...]


async def end_session(
    db: AsyncConnection, session: BrowserSession, *, reason: EndReason, origin: Origin
) -> EndedSession | None:
    """None for a session that had ended before. Its grants end, and its notices are queued, in the same transaction."""
    if not await sessions.end(db, session.id, reason=reason, now=origin.now):
        return None
    revoked = await grants.revoke_for_session(
        db,
        session.id,
        reason=_revocation_reason(reason),
        now=origin.now,
        spare_offline=reason in _SPARES_OFFLINE,
    )
    await record(
        db,
        _event(reason),
        outcome="success",
        origin=origin,
        account_id=session.account_id,
        session_id=session.id,
        details={"reason": reason, "grants_revoked": revoked},
    )
    head_start = _HEAD_START_SECONDS if reason is EndReason.LOGOUT else 0
    notices = await queue_logout_notices(
        db, [session.id], account_id=session.account_id, now=origin.now, first_try_at=origin.now + head_start
    )
    return EndedSession(notices)


def _revocation_reason(reason: EndReason) -> RevocationReason:
    match reason:
        case EndReason.LOGOUT:
            return RevocationReason.LOGOUT
        case EndReason.USER_AGENT_CHANGED:
            return RevocationReason.USER_AGENT_CHANGED
        case _:
            return RevocationReason.SESSION_ENDED


def _event(reason: EndReason) -> Event:
    match reason:
        case EndReason.LOGOUT:
            return Event.LOGOUT
        case EndReason.USER_AGENT_CHANGED:
            return Event.USER_AGENT_CHANGED
        case _:
            return Event.SESSION_ENDED
