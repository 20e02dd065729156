"""Rows of `spent_ids`."""

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.database.upsert import insert_for
from idp.replay.table import spent_ids
from idp.sealing import digest


async def spend(db: AsyncConnection, kind: str, identifier: str, *, expires_at: int) -> bool:
    """True for the first to show it: of any number of parallel ones, the database lets one row in."""
    row = {"kind": kind, "digest": digest(identifier), "expires_at": expires_at}
    statement = insert_for(db)(spent_ids).values(**row).on_conflict_do_nothing()
    inserted: str | None = await db.scalar(statement.returning(spent_ids.c.digest))
    return inserted is not None


async def sweep(db: AsyncConnection, now: int, limit: int) -> int:
    """Deletes up to `limit` ids of what has expired; returns how many."""
    columns = spent_ids.c
    expired = select(columns.kind, columns.digest).where(columns.expires_at < now).limit(limit)
    rows = (await db.execute(expired)).all()
    if not rows:
        return 0
    those = or_(*(and_(columns.kind == row.kind, columns.digest == row.digest) for row in rows))
    return (await db.execute(delete(spent_ids).where(those))).rowcount
