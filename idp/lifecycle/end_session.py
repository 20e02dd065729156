"""Ends one browser session and the grants that hang on it."""

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.grants import store as grants
from idp.grants.grant import RevocationReason
from idp.sessions import store as sessions
from idp.sessions.session import BrowserSession, EndReason

# A logout spares the grants with `offline_access`: that is what the scope is for. Nothing else does (SE-07).
_SPARES_OFFLINE = {EndReason.LOGOUT}


async def end_session(db: AsyncConnection, session: BrowserSession, *, reason: EndReason, origin: Origin) -> bool:
    """True for the caller that ended it; its grants end in the same transaction."""
    if not await sessions.end(db, session.id, reason=reason, now=origin.now):
        return False
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
    return True


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
