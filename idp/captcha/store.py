"""What was solved counts once, on every node: one INSERT decides."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.captcha.table import spent_challenges
from idp.database.sweeping import Sweep
from idp.database.upsert import insert_for

SWEEP = Sweep(spent_challenges, spent_challenges.c.expires_at)


async def spend(db: AsyncConnection, digest: str, *, expires_at: int) -> bool:
    """Whether this was the first time. It is remembered until it would have expired anyway."""
    statement = insert_for(db)(spent_challenges).values(digest=digest, expires_at=expires_at)
    first = await db.scalar(statement.on_conflict_do_nothing().returning(spent_challenges.c.digest))
    return first is not None


async def is_spent(db: AsyncConnection, digest: str) -> bool:
    """For pages: `spend` alone decides."""
    return await db.scalar(select(spent_challenges.c.digest).where(spent_challenges.c.digest == digest)) is not None
