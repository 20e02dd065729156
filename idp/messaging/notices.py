"""Queues what a relying party has to hear: that a session has ended. It is sent if, and only if, that was committed.

Nothing of it is sealed: the notice is made anew at every try, and all it needs are names that stand in every ID token.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.messaging import store
from idp.sealing import new_id

LOGOUT_CHANNEL = "logout"
_KIND = "backchannel_logout"
_LONGEST_LIFE = 3 * 24 * 3600  # whoever was out of reach for that long has let the session go by itself


async def enqueue_logout_notice(
    db: AsyncConnection, *, client_id: str, account_id: str, session_id: str, now: int, first_try_at: int
) -> str:
    """The id of the queued notice to the client."""
    notice_id = new_id()
    await store.insert(
        db,
        id=notice_id,
        channel=LOGOUT_CHANNEL,
        kind=_KIND,
        account_id=account_id,
        session_id=session_id,
        recipient=client_id,
        sealed_payload=None,
        state="queued",
        attempts=0,
        due_at=first_try_at,
        created_at=now,
        expires_at=now + _LONGEST_LIFE,
    )
    return notice_id
