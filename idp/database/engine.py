"""Connections and transactions, for SQLite and PostgreSQL alike.

    async with database.reading() as db:   # a snapshot; nothing may be written
    async with database.writing() as db:   # committed when the block ends, rolled back when it raises
    lane = database.writing_lane(...)      # the hot path: see `idp.database.lanes`

On SQLite every write of the process passes one connection that begins with BEGIN IMMEDIATE: a deferred transaction
that reads and then writes fails at once with SQLITE_BUSY_SNAPSHOT, whatever the timeout. So reading and hashing come
before `writing()`, and nothing but SQL is awaited inside it.

Drivers are loaded for one kind of database only: asyncpg with its dialect takes 5 MB, SQLite's 2.

A database that is gone, full, locked or slow raises `DatabaseUnavailable` within three seconds, which the edge answers
with 503 and Retry-After.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.database.lanes import Key, Lane
from idp.database.lanes.lane import BatchedLane
from idp.database.lanes.statement import CompiledStatement, Statement
from idp.database.unavailable import WAIT_SECONDS, DatabaseUnavailable, unavailable

if TYPE_CHECKING:
    from idp.database.lanes.postgresql import PostgresqlDriver
    from idp.database.lanes.sqlite import SqliteDriver


class Database:
    """The engines behind one `IDP_DATABASE_URL`, and the lanes beside them."""

    def __init__(self, url: str) -> None:
        self.url = _async_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._turn = asyncio.Lock()  # SQLite has one writer at a time; whoever is of this process waits here
        if self.is_sqlite:
            from idp.database.lanes.sqlite import SqliteDriver, SqliteReader  # noqa: PLC0415 - see above
            from idp.database.sqlite import connect_sqlite, sqlite_engine  # noqa: PLC0415 - see above

            Path(self.url.database or "").parent.mkdir(parents=True, exist_ok=True)
            self.reader = sqlite_engine(self.url, writer=False)
            self.writer = sqlite_engine(self.url, writer=True)
            self._thread = SqliteDriver(lambda: connect_sqlite(self.writer, writer=True), self._turn_to_write)
            self._sqlite_reader = SqliteReader(lambda: connect_sqlite(self.reader, writer=False))
            self._drivers: list[PostgresqlDriver | SqliteDriver | SqliteReader] = [self._thread, self._sqlite_reader]
        else:
            from idp.database.postgresql import postgresql_engine  # noqa: PLC0415 - see above

            self.reader = self.writer = postgresql_engine(self.url)
            self._drivers = []
            self._shared_reader: PostgresqlDriver | None = None
            self._shared_writer: PostgresqlDriver | None = None
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
            async with self._turn_to_write(), self.writer.begin() as db:
                yield db

    def reading_lane(self, statement: Select[Any], *, key: Key, shares_connection: bool = False) -> Lane:
        """For one SELECT that finds one row at most.

        `shares_connection`: with all others that say so, on PostgreSQL; for what pages ask, which is less often.
        """
        compiled = self._compiled(statement, key)
        if self.is_sqlite:
            from idp.database.lanes.sqlite import SqliteReadingLane  # noqa: PLC0415 - see above

            return self._added(SqliteReadingLane(compiled, self._sqlite_reader))
        if shares_connection:
            driver = self._shared_reader = self._shared_reader or self._postgresql_driver()
        else:
            driver = self._postgresql_driver()
        return self._added(BatchedLane(compiled, driver, shares=True))

    def writing_lane(self, statement: Statement, *, key: Key, shares_connection: bool = False) -> Lane:
        """For one UPDATE, or INSERT, … RETURNING that changes one row at most. `shares_connection`: see above."""
        driver: PostgresqlDriver | SqliteDriver
        if self.is_sqlite:
            driver = self._thread
        elif shares_connection:
            driver = self._shared_writer = self._shared_writer or self._postgresql_driver()
        else:
            driver = self._postgresql_driver()
        return self._added(BatchedLane(self._compiled(statement, key), driver, shares=False))

    async def is_reachable(self) -> bool:
        """Whether a statement gets through now."""
        try:
            async with asyncio.timeout(WAIT_SECONDS), self.reading() as db:
                await db.execute(text("SELECT 1"))
        except (DatabaseUnavailable, TimeoutError):
            return False
        return True

    async def close(self) -> None:
        for driver in self._drivers:
            await driver.close()
        await self.reader.dispose()
        if self.writer is not self.reader:
            await self.writer.dispose()

    @asynccontextmanager
    async def _turn_to_write(self) -> AsyncIterator[None]:
        if not self.is_sqlite:
            yield
            return
        await asyncio.wait_for(self._turn.acquire(), WAIT_SECONDS)
        try:
            yield
        finally:
            self._turn.release()

    def _compiled(self, statement: Statement, key: Key) -> CompiledStatement:
        return CompiledStatement(statement, self.writer.dialect, key)

    def _postgresql_driver(self) -> "PostgresqlDriver":
        from idp.database.lanes.postgresql import PostgresqlDriver  # noqa: PLC0415 - see above
        from idp.database.postgresql import connect_postgresql  # noqa: PLC0415 - see above

        driver = PostgresqlDriver(lambda: connect_postgresql(self.writer))
        self._drivers.append(driver)
        return driver

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
    return parsed.set(drivername=driver)
