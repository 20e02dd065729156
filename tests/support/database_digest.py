"""What stands in a database, as one value: the same value before and after means that nothing changed."""

import hashlib

from sqlalchemy import select

from idp.database.engine import Database
from idp.tables import metadata

# What an observer may leave behind: that a session was used.
_TRACES = {"last_seen_at", "idle_expires_at"}


async def digest_of(database: Database) -> dict[str, str]:
    """By table, so that a failed comparison names the one that differs."""
    digests = {}
    async with database.reading() as db:
        for table in metadata.sorted_tables:
            columns = [column for column in table.columns if column.name not in _TRACES]
            rows = sorted(repr(tuple(row)) for row in await db.execute(select(*columns)))
            digests[table.name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return digests
