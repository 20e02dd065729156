"""What was solved counts once, on every node: one INSERT decides."""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.captcha.table import spent_challenges
from idp.database.upsert import insert_for


async def spend(db: AsyncConnection, digest: str, *, expires_at: int) -> bool:
    """Whether this was the first time. It is remembered until it would have expired anyway."""
    statement = insert_for(db)(spent_challenges).values(digest=digest, expires_at=expires_at)
    first = await db.scalar(statement.on_conflict_do_nothing().returning(spent_challenges.c.digest))
    return first is not None


async def is_spent(db: AsyncConnection, digest: str) -> bool:
    """For pages: `spend` alone decides."""
    return await db.scalar(select(spent_challenges.c.digest).where(spent_challenges.c.digest == digest)) is not None


async def sweep(db: AsyncConnection, now: int, limit: int = 1000) -> int:
    """Deletes up to `limit` of those that have expired; returns how many."""
    expired = select(spent_challenges.c.digest).where(spent_challenges.c.expires_at <= now).limit(limit)
    deleted = await db.execute(delete(spent_challenges).where(spent_challenges.c.digest.in_(expired)))
    return deleted.rowcount
