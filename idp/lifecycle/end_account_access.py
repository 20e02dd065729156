"""Ends every session, every grant and every code on its way: after a lock, a new password, an OTP change, a recovery.

What a stranger had begun, a new phone number say, is not to be finished after the owner shut them out.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.credentials.one_time_codes import void_codes
from idp.grants import store as grants
from idp.grants.grant import RevocationReason
from idp.lifecycle.logout_notices import queue_logout_notices
from idp.sessions import store as sessions
from idp.sessions.session import EndReason


async def end_account_access(
    db: AsyncConnection, account_id: str, *, reason: EndReason, origin: Origin, spare_session: str | None = None
) -> int:
    """How many sessions ended; relying parties are told.

    The spared session (which made the change) lives on; its grants do not (SE-09).
    """
    await void_codes(db, account_id)
    ended = await sessions.end_all_for_account(db, account_id, reason=reason, now=origin.now, spare=spare_session)
    revoked = await grants.revoke_for_account(db, account_id, reason=RevocationReason.ACCESS_ENDED, now=origin.now)
    await queue_logout_notices(db, ended, account_id=account_id, now=origin.now, first_try_at=origin.now)
    await record(
        db,
        Event.ACCOUNT_SESSIONS_ENDED,
        outcome="success",
        origin=origin,
        account_id=account_id,
        details={"reason": reason, "sessions_ended": len(ended), "grants_revoked": revoked},
    )
    return len(ended)
