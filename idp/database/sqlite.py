"""Connections to a SQLite file, and what is the same for all of them: one writer, any number of readers.

SQLAlchemy's connections have a thread each, by way of `aiosqlite`. Taking the lock and committing may wait, and belong
there; between the two nothing can hold up the writer, so that `OPEN` is for whoever runs a statement where it is asked.
"""

import sqlite3
from typing import Any

import aiosqlite
from sqlalchemy import event
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from idp.database.unavailable import WAIT_SECONDS, unavailable

_READERS = 10
OPEN = "sqlite3"  # in the `info` of the writer's connection: the driver's own, an `sqlite3.Connection`
_LOOP_SECONDS = 0.1  # readers wait for nobody but a recovery after a crash, and meanwhile nobody else is served
_CONNECTION: dict[str, Any] = {"timeout": WAIT_SECONDS, "isolation_level": None}


def sqlite_engine(url: URL, *, writer: bool) -> AsyncEngine:
    """On a writer's connection every transaction takes the lock when it begins."""
    engine = create_async_engine(
        url,
        pool_size=1 if writer else _READERS,
        max_overflow=0,
        hide_parameters=True,  # what a statement carries never stands in a log (LG-01)
        pool_timeout=WAIT_SECONDS,
        connect_args=_CONNECTION,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _on_connect(connection: Any, record: Any) -> None:  # noqa: ANN401 - SQLAlchemy's event signature
        _prepare(connection.cursor(), writer=writer)
        if writer:
            record.info[OPEN] = connection.run_async(_opened)

    begin = "BEGIN IMMEDIATE" if writer else "BEGIN DEFERRED"

    @event.listens_for(engine.sync_engine, "begin")
    def _on_begin(connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's event signature
        adapted = connection.connection.dbapi_connection
        try:
            # Once to the thread and back; as a statement of SQLAlchemy's it would be three times.
            adapted.run_async(lambda driver: driver.execute_fetchall(begin))
        except sqlite3.Error as error:
            raise unavailable(error) from error

    return engine


def connect_sqlite(engine: AsyncEngine, *, writer: bool) -> sqlite3.Connection:
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
