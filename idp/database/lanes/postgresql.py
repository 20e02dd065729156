"""A connection of one lane or several to PostgreSQL: asyncpg sends a batch at once, as one implicit transaction."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg

from idp.database.lanes.statement import CompiledStatement
from idp.database.unavailable import unavailable

# What was asked is wrong, not the database.
OF_THE_ASKER = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)


class PostgresqlDriver:
    """Connects when it is first used, and again after the connection was lost."""

    def __init__(self, connect: Callable[[], Awaitable[asyncpg.Connection]]) -> None:
        self._connect = connect
        self._connection: asyncpg.Connection | None = None
        self._turn = asyncio.Lock()  # of the lanes that share it

    async def run(
        self, statement: CompiledStatement, batch: Sequence[tuple[Any, tuple[Any, ...]]]
    ) -> list[Sequence[Any] | None]:
        """See `Driver`. The database skips what it finds no row for; the rest stays in the order of the batch."""
        try:
            async with self._turn:
                connection = await self._connected()
                records = await connection.fetchmany(statement.text, [values for _, values in batch])
        except (*OF_THE_ASKER, ValueError):
            raise
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            raise unavailable(error) from error
        found = {record[statement.key_position]: record for record in records}
        return [found.get(key) for key, _ in batch]

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
        return self._connection
