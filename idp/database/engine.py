"""Connections and transactions, for SQLite and PostgreSQL alike.

    async with database.reading() as db:   # a snapshot; nothing may be written
    async with database.writing() as db:   # committed when the block ends, rolled back when it raises
    lane = database.writing_lane(...)      # the hot path: see `idp.database.lanes`

On SQLite every write of the process passes one connection that begins with BEGIN IMMEDIATE: a deferred transaction
that reads and then writes fails at once with SQLITE_BUSY_SNAPSHOT, whatever the timeout. So reading and hashing come
before `writing()`, and nothing but SQL is awaited inside it.

A database that is gone, full, locked or slow raises `DatabaseUnavailable` within three seconds, which the edge answers
with 503 and Retry-After.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from sqlalchemy import Select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.database.backends import backend_for
from idp.database.lanes import Key, Lane
from idp.database.lanes.lane import BatchedLane
from idp.database.lanes.statement import CompiledStatement, OfRow, Statement
from idp.database.unavailable import WAIT_SECONDS, DatabaseUnavailable, unavailable


class Database:
    """The engines behind one `IDP_DATABASE_URL`, and the lanes beside them."""

    def __init__(self, url: str) -> None:
        self.url = _async_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.backend = backend_for(self.url)
        self.reader, self.writer = self.backend.reader, self.backend.writer
        self.lanes: list[Lane] = []

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection for SELECT only."""
        with translated_errors():
            async with self.reader.connect() as db:
                yield db

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One transaction; it is durable when the block has ended without an error."""
        with translated_errors():
            async with self.backend.turn_to_write(), self.writer.begin() as db:
                yield db

    def reading_lane(
        self, statement: Select[Any], *, key: Key, of_row: OfRow | None = None, shares_connection: bool = False
    ) -> Lane:
        """For one SELECT that finds one row at most.

        `of_row`: makes what the lane answers of a row. The last few hundred are kept, so it has to be nothing secret,
        and nothing that anybody changes.

        `shares_connection`: with all others that say so, on PostgreSQL; for what pages ask, which is less often.
        """
        compiled = self._compiled(statement, key, of_row)
        return self._added(self.backend.reading_lane(compiled, shares_connection=shares_connection))

    def writing_lane(self, statement: Statement, *, key: Key, shares_connection: bool = False) -> Lane:
        """For one UPDATE, or INSERT, … RETURNING that changes one row at most. `shares_connection`: see above."""
        return self.writing_lanes([statement], key=key, shares_connection=shares_connection)[0]

    def writing_lanes(
        self, statements: Sequence[Statement], *, key: Key, shares_connection: bool = False
    ) -> list[Lane]:
        """One for each statement, over the same connections: for those of which a caller needs one or the other."""
        drivers = self.backend.writing_drivers(shares_connection=shares_connection)
        return [
            self._added(BatchedLane(self._compiled(statement, key), *drivers, shares=False)) for statement in statements
        ]

    async def is_reachable(self) -> bool:
        """Whether a statement gets through now."""
        try:
            async with asyncio.timeout(WAIT_SECONDS), self.reading() as db:
                await db.execute(text("SELECT 1"))
        except (DatabaseUnavailable, TimeoutError):
            return False
        return True

    async def close(self) -> None:
        for opened in self.backend.opened:
            await opened.close()
        await self.reader.dispose()
        if self.writer is not self.reader:
            await self.writer.dispose()

    def _compiled(self, statement: Statement, key: Key, of_row: OfRow | None = None) -> CompiledStatement:
        return CompiledStatement(statement, self.writer.dialect, key, of_row)

    def _added(self, lane: Lane) -> Lane:
        self.lanes.append(lane)
        return lane


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turns the drivers' many ways of being unreachable into `DatabaseUnavailable`; errors in what was asked pass."""
    try:
        yield
    except (IntegrityError, DataError):
        raise
    except (DBAPIError, PoolTimeoutError, OSError, TimeoutError) as error:
        raise unavailable(error) from error


def _async_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ValueError("IDP_DATABASE_URL is not a URL") from error
    driver = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}.get(parsed.get_backend_name())
    if driver is None:
        raise ValueError("IDP_DATABASE_URL starts with sqlite:/// or postgresql://")
    if parsed.get_backend_name() == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise ValueError("IDP_DATABASE_URL names a file, such as sqlite:////var/lib/idp/idp.sqlite3")
    return parsed.set(drivername=driver)
