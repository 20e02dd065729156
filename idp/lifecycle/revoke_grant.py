"""Ends one grant: told by its client, or because a code or a refresh token came back that should not exist any more."""

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.grants import store as grants
from idp.grants.grant import Grant, RevocationReason
from idp.lifecycle.notices import notify_owner
from idp.sealing import MasterKeys

_EVENTS = {
    RevocationReason.CODE_REPLAYED: Event.CODE_REPLAYED,
    RevocationReason.REFRESH_REUSED: Event.REFRESH_REUSED,
    RevocationReason.USER_AGENT_CHANGED: Event.USER_AGENT_CHANGED,
}


async def revoke_grant(
    db: AsyncConnection, keys: MasterKeys, grant: Grant, *, reason: RevocationReason, origin: Origin
) -> bool:
    """True for the caller that ended it. The owner is told of a reused refresh token (RT-03)."""
    if not await grants.revoke(db, grant.id, reason=reason, now=origin.now):
        return False
    event = _EVENTS.get(reason, Event.GRANT_REVOKED)
    await record(
        db,
        event,
        outcome="success" if event is Event.GRANT_REVOKED else "refused",
        origin=origin,
        account_id=grant.account_id,
        client_id=grant.client_id,
        session_id=grant.session_id,
        details={"reason": reason, "grant": grant.id},
    )
    if reason is RevocationReason.REFRESH_REUSED:
        await notify_owner(db, keys, account_id=grant.account_id, kind="refresh_reuse", origin=origin)
    return True
