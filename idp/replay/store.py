"""Rows of `spent_ids`."""

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.database.sweeping import Sweep
from idp.database.upsert import insert_for
from idp.replay.table import spent_ids
from idp.sealing import digest

# What is shown in the very second of its end is still compared.
SWEEP = Sweep(spent_ids, spent_ids.c.expires_at, kept_seconds=1)


async def spend(db: AsyncConnection, kind: str, identifier: str, *, expires_at: int) -> bool:
    """True for the first to show it: of any number of parallel ones, the database lets one row in."""
    row = {"kind": kind, "digest": digest(identifier), "expires_at": expires_at}
    statement = insert_for(db)(spent_ids).values(**row).on_conflict_do_nothing()
    inserted: str | None = await db.scalar(statement.returning(spent_ids.c.digest))
    return inserted is not None
