"""The session that makes a change lives on under a new secret (SE-01, SE-09), with the evidence it has now."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.endpoints.account.signed_in import AccountScope
from idp.interaction.sign_in import session_lifetime
from idp.sessions import store as sessions
from idp.sessions.evidence import Evidence


async def renew_session(db: AsyncConnection, opened: AccountScope, *, evidence: Evidence | None = None) -> None:
    """Gives the session's cookie a new secret; the session gets no older and no younger."""
    session, scope = opened.session, opened.scope
    lifetime = session_lifetime(scope.wiring.settings, session.status, remembered=session.remembered)
    renewed = replace(session, evidence=evidence or session.evidence).aged(lifetime, scope.now, keeps_age=True)
    secret = await sessions.renew(db, renewed)
    if secret is not None:
        scope.sessions.put_first(replace(opened.current, secret=secret, session=renewed))
