"""Which sessions can never count again."""

from sqlalchemy import String, column, delete, exists, select
from sqlalchemy import table as table_named
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.sessions.table import browser_sessions

_KEPT_SECONDS = 7 * 24 * 3600  # long enough that the browser which returns is told why it was signed out

_grants = table_named("grants", column("session_id", String))


async def sweep(db: AsyncConnection, now: int, limit: int) -> int:
    """Deletes up to `limit` sessions that expired a week ago and that no grant names."""
    is_named = exists(select(1).where(_grants.c.session_id == browser_sessions.c.id))
    over = (
        select(browser_sessions.c.id)
        .where(browser_sessions.c.expires_at <= now - _KEPT_SECONDS, ~is_named)
        .limit(limit)
    )
    return (await db.execute(delete(browser_sessions).where(browser_sessions.c.id.in_(over)))).rowcount
