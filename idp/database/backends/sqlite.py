"""A SQLite file: one writer, any number of readers.

SQLAlchemy's connections have a thread each, by way of `aiosqlite`. Committing waits for the disk, and belongs there; so
does the lock, where another process has it. Between the two nothing can hold up the writer: its prepared statements run
where they are asked, without the way to the thread and back, and so does BEGIN where the lock is free. With all of it
in the thread a login took 4.0 ms beside its hash and changed threads 76 times, now it takes 2.9 and changes them 25.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import Any

import aiosqlite
from sqlalchemy import event
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import PoolResetState

from idp.database.backends import Closable
from idp.database.backends.write_turn import WriteTurn
from idp.database.lanes.lane import Driver, Lane
from idp.database.lanes.sqlite import OF_THE_ASKER, SqliteDriver, SqliteReader, SqliteReadingLane
from idp.database.lanes.statement import CompiledStatement
from idp.database.unavailable import WAIT_SECONDS, unavailable

_READERS = 10
_OPEN = "sqlite3"  # in the `info` of the writer's connection: the driver's own, an `sqlite3.Connection`
_TURN = "turn"  # and the `WriteTurn`
_LOOP_SECONDS = 0.1  # readers wait for nobody but a recovery after a crash, and meanwhile nobody else is served
_CONNECTION: dict[str, Any] = {"timeout": WAIT_SECONDS, "isolation_level": None}


class SqliteBackend:
    """See `Backend`. All lanes share the thread that writes, and the connection that reads on the event loop."""

    def __init__(self, url: URL) -> None:
        Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
        self._turn = WriteTurn()
        self.reader = _engine(url)
        self.writer = _engine(url, turn=self._turn)
        self.loop_reader = SqliteReader(lambda: _connect(self.reader, writer=False))
        self._thread = SqliteDriver(lambda: _connect(self.writer, writer=True), self.turn_to_write)
        self.opened: list[Closable] = [self._thread, self.loop_reader]

    def turn_to_write(self) -> AbstractAsyncContextManager[None]:
        return self._turn.taken()

    def reading_lane(self, statement: CompiledStatement, *, shares_connection: bool) -> Lane:  # noqa: ARG002 - all do
        return SqliteReadingLane(statement, self.loop_reader)

    def writing_drivers(self, *, shares_connection: bool) -> list[Driver]:  # noqa: ARG002 - all do
        return [self._thread]


class _Direct:
    """See `Direct`."""

    async def fetch(self, db: AsyncConnection, text: str, values: tuple[Any, ...]) -> Sequence[Sequence[Any]]:
        records: Sequence[Sequence[Any]]
        with _pooled(db) as pooled:
            if _OPEN in pooled.info:
                await pooled.info[_TURN].step_aside()
                records = pooled.info[_OPEN].execute(text, values).fetchall()
            else:
                records = await pooled.driver_connection.execute_fetchall(text, values)
        return records

    async def run_many(self, db: AsyncConnection, text: str, batch: Sequence[tuple[Any, ...]]) -> None:
        """In the thread: hundreds of rows take milliseconds."""
        with _pooled(db) as pooled:
            async with pooled.driver_connection.executemany(text, batch):
                pass


direct = _Direct()


@contextmanager
def _pooled(db: AsyncConnection) -> Iterator[Any]:
    pooled: Any = db.sync_connection.connection  # type: ignore[union-attr]
    try:
        yield pooled
    except OF_THE_ASKER:
        raise
    except (sqlite3.Error, OSError, TimeoutError, pooled.dbapi_connection.dbapi.Error) as error:
        raise unavailable(error) from error


def _engine(url: URL, *, turn: WriteTurn | None = None) -> AsyncEngine:
    """With a `turn` for a writer: on its connection every transaction takes the lock when it begins."""
    writer = turn is not None
    engine = create_async_engine(
        url,
        pool_size=1 if writer else _READERS,
        max_overflow=0,
        hide_parameters=True,  # what a statement carries never stands in a log (LG-01)
        pool_timeout=WAIT_SECONDS,
        pool_reset_on_return=None,  # see `_on_return`
        connect_args=_CONNECTION,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _on_connect(connection: Any, record: Any) -> None:  # noqa: ANN401 - SQLAlchemy's event signature
        _prepare(connection.cursor(), writer=writer)
        if writer:
            record.info[_OPEN], record.info[_TURN] = connection.run_async(_opened), turn

    begin = "BEGIN IMMEDIATE" if writer else "BEGIN DEFERRED"

    @event.listens_for(engine.sync_engine, "begin")
    def _on_begin(connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's event signature
        pooled = connection.connection
        if writer and _begins_at_once(pooled.info[_OPEN]):
            return
        adapted = pooled.dbapi_connection
        try:
            # Once to the thread and back; as a statement of SQLAlchemy's it would be three times.
            adapted.run_async(lambda driver: driver.execute_fetchall(begin))
        except sqlite3.Error as error:
            raise unavailable(error) from error

    @event.listens_for(engine.sync_engine, "reset")
    def _on_return(adapted: Any, _: Any, state: PoolResetState) -> None:  # noqa: ANN401 - SQLAlchemy's event signature
        # After a COMMIT that failed. SQLAlchemy's own rollback goes to the thread and back after every other one, too.
        if state.asyncio_safe and adapted.driver_connection.in_transaction:
            adapted.rollback()

    return engine


def _begins_at_once(connection: sqlite3.Connection) -> bool:
    """Whether no other process writes at this moment: then the lock takes no waiting, and so no thread."""
    connection.execute("PRAGMA busy_timeout=0")
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.Error:
        return False  # the thread waits, or says what is wrong
    finally:
        connection.execute(f"PRAGMA busy_timeout={WAIT_SECONDS * 1000:.0f}")
    return True


def _connect(engine: AsyncEngine, *, writer: bool) -> sqlite3.Connection:
    """A connection outside the engine's pool, for the thread that opens it. A reader's is the event loop's."""
    options = _CONNECTION if writer else {**_CONNECTION, "timeout": _LOOP_SECONDS}
    connection: sqlite3.Connection = sqlite3.connect(engine.url.database or "", **options)
    _prepare(connection.cursor(), writer=writer)
    return connection


async def _opened(connection: aiosqlite.Connection) -> sqlite3.Connection:
    async with connection.cursor() as cursor:
        return cursor.connection


def _prepare(cursor: Any, *, writer: bool) -> None:  # noqa: ANN401 - of either driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"query_only={0 if writer else 1}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
