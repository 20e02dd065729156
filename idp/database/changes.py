"""Tells every process that cached rows have changed: a counter per topic, raised in the changing transaction.

A process polls the counters (one tiny SELECT a second) and drops its cache of a topic whose counter moved.
"""

from collections.abc import Mapping

from sqlalchemy import BigInteger, Column, String, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.database.schema import metadata
from idp.database.upsert import insert_for

change_counters = Table(
    "change_counters",
    metadata,
    Column("topic", String(32), primary_key=True),  # clients, keys, installation
    Column("counter", BigInteger, nullable=False),
)


async def announce(db: AsyncConnection, topic: str) -> None:
    """Raises the topic's counter, in the caller's transaction."""
    statement = insert_for(db)(change_counters).values(topic=topic, counter=1)
    await db.execute(
        statement.on_conflict_do_update(index_elements=["topic"], set_={"counter": change_counters.c.counter + 1})
    )


async def read_counters(db: AsyncConnection) -> Mapping[str, int]:
    """Every topic's counter; a topic that never changed is missing."""
    rows = await db.execute(select(change_counters.c.topic, change_counters.c.counter))
    return {topic: counter for topic, counter in rows}
