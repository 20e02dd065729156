"""PostgreSQL: a pool for SQLAlchemy, and connections of the lanes' own, which are opened when they are first used."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from idp.database.backends import Closable
from idp.database.lanes.lane import BatchedLane, Driver, Lane
from idp.database.lanes.postgresql import OF_THE_ASKER, PostgresqlDriver
from idp.database.lanes.statement import CompiledStatement
from idp.database.unavailable import WAIT_SECONDS, unavailable

# One batch waits for the disk, the next one for its turn there, the third runs. With one connection and with three:
# 16 callers redeem 620 and 740 codes a second, 64 callers refresh 1,110 and 1,390 times (other work on both cores).
_BATCHES_AT_ONCE = 3

_POOL_SIZE = 10
# A caller may wait for a place in the pool and then still have to open the connection, and SQLAlchemy tries once more.
_POOL_SECONDS, _CONNECT_SECONDS = 1.5, 1.0
_PARTING_SECONDS = 0.3  # to close a connection in good order before it is cut


class _QuickToClose(asyncpg.Connection):  # type: ignore[misc]
    """SQLAlchemy gives a server that has just failed to answer two more seconds to say goodbye: too many for us.

    A server that is too busy to say it is no error of ours: asyncpg has cut the connection then.
    """

    __slots__ = ()

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncpg's own signature
        with suppress(TimeoutError):
            await super().close(timeout=min(timeout or _PARTING_SECONDS, _PARTING_SECONDS))


_CONNECTION: dict[str, Any] = {
    "timeout": _CONNECT_SECONDS,
    "command_timeout": WAIT_SECONDS,
    "connection_class": _QuickToClose,
    "server_settings": {"lock_timeout": "2s", "statement_timeout": "2s", "timezone": "UTC"},
}


class PostgresqlBackend:
    """See `Backend`."""

    def __init__(self, url: URL) -> None:
        self.reader = self.writer = _engine(url)
        self.opened: list[Closable] = []
        self._shared_reader: PostgresqlDriver | None = None
        self._shared_writer: PostgresqlDriver | None = None

    @asynccontextmanager
    async def turn_to_write(self) -> AsyncIterator[None]:
        """Any number at a time."""
        yield

    def reading_lane(self, statement: CompiledStatement, *, shares_connection: bool) -> Lane:
        if shares_connection:
            driver = self._shared_reader = self._shared_reader or self._driver()
        else:
            driver = self._driver()
        return BatchedLane(statement, driver, shares=True)

    def writing_drivers(self, *, shares_connection: bool) -> list[Driver]:
        if not shares_connection:
            return [self._driver() for _ in range(_BATCHES_AT_ONCE)]
        self._shared_writer = self._shared_writer or self._driver()
        return [self._shared_writer]

    def _driver(self) -> PostgresqlDriver:
        driver = PostgresqlDriver(lambda: connect_postgresql(self.writer))
        self.opened.append(driver)
        return driver


class _Direct:
    """See `Direct`."""

    async def fetch(self, db: AsyncConnection, text: str, values: tuple[Any, ...]) -> Sequence[Sequence[Any]]:
        async with _driver_of(db) as driver:
            records: Sequence[Sequence[Any]] = await driver.fetch(text, *values)
        return records

    async def run_many(self, db: AsyncConnection, text: str, batch: Sequence[tuple[Any, ...]]) -> None:
        async with _driver_of(db) as driver:
            await driver.executemany(text, batch)


direct = _Direct()


@asynccontextmanager
async def _driver_of(db: AsyncConnection) -> AsyncIterator[asyncpg.Connection]:
    adapted: Any = db.sync_connection.connection.dbapi_connection  # type: ignore[union-attr]
    try:
        if adapted._transaction is None:
            await adapted._start_transaction()  # which SQLAlchemy puts off until its first statement
        yield adapted.driver_connection
    except OF_THE_ASKER:
        raise
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError, adapted.dbapi.Error) as error:
        if adapted.driver_connection.is_closed():
            # SQLAlchemy finds that out by a statement of its own, and then opens its whole pool anew.
            await db.exec_driver_sql("SELECT 1")
        raise unavailable(error) from error


def _engine(url: URL) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=_POOL_SIZE,
        max_overflow=0,
        hide_parameters=True,  # what a statement carries never stands in a log (LG-01)
        pool_timeout=_POOL_SECONDS,
        pool_pre_ping=False,
        connect_args=_CONNECTION,
    )


async def connect_postgresql(engine: AsyncEngine) -> asyncpg.Connection:
    """A connection outside the engine's pool, to the same address."""
    _, address = engine.dialect.create_connect_args(engine.url)
    own = {name: value for name, value in address.items() if not name.startswith("prepared_statement")}
    return await asyncpg.connect(**own, **_CONNECTION)
