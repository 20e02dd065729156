"""The consequences of a changed browser (User-Agent), as far as the one who saw it may be believed.

The provider's own sight (the session cookie, a public browser client) ends the whole login. What a client reports with
`user_agent` ends that client's grants of the session, and the session too if the client is first-party: no third party
can log a person out of everything.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.grants import store as grants
from idp.grants.grant import Grant, RevocationReason
from idp.lifecycle.end_session import end_session
from idp.sessions import store as sessions
from idp.sessions.session import EndReason


async def invalidate_login(db: AsyncConnection, grant: Grant, *, reaches_session: bool, origin: Origin) -> None:
    """Ends the session behind the grant with everything on it, or just this client's part of it."""
    if reaches_session:
        session = await sessions.find(db, grant.session_id)
        if session is not None:
            await end_session(db, session, reason=EndReason.USER_AGENT_CHANGED, origin=origin)
        # The session may have ended before, by a logout that spared this offline grant.
        await grants.revoke_for_session(
            db,
            grant.session_id,
            reason=RevocationReason.USER_AGENT_CHANGED,
            now=origin.now,
            spare_offline=False,
        )
        return
    revoked = await grants.revoke_for_session_and_client(
        db, grant.session_id, grant.client_id, reason=RevocationReason.USER_AGENT_CHANGED, now=origin.now
    )
    await record(
        db,
        Event.USER_AGENT_CHANGED,
        outcome="refused",
        origin=origin,
        account_id=grant.account_id,
        client_id=grant.client_id,
        session_id=grant.session_id,
        details={"reported_by": grant.client_id, "grants_revoked": revoked},
    )
