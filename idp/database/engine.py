"""Connections and transactions, for SQLite and PostgreSQL alike.

    async with database.reading() as db:   # a snapshot; nothing may be written
    async with database.writing() as db:   # committed when the block ends, rolled back when it raises

On SQLite every write of the process passes one connection that begins with BEGIN IMMEDIATE: a deferred transaction
that reads and then writes fails at once with SQLITE_BUSY_SNAPSHOT, whatever the timeout. So reading and hashing come
before `writing()`, and nothing but SQL is awaited inside it.

A database that is gone, full, locked or slow raises `DatabaseUnavailable` within three seconds, which the edge answers
with 503 and Retry-After.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from idp import metrics

_POOL_SIZE = 10
# A caller may wait for a place in the pool and then still have to open the connection, and SQLAlchemy tries once more.
_POOL_SECONDS, _CONNECT_SECONDS = 1.5, 1.0
_PARTING_SECONDS = 0.3  # to close a connection in good order before it is cut
_WAIT_SECONDS = 2.0  # for a connection, for a statement, and for a lock: together under the promised three seconds

DISK_FULL = "disk full"


class DatabaseUnavailable(Exception):
    """The database did not answer in time, or refused to work. Nothing was committed."""


class Database:
    """The engines behind one `IDP_DATABASE_URL`."""

    def __init__(self, url: str) -> None:
        self.url = _async_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            Path(self.url.database or "").parent.mkdir(parents=True, exist_ok=True)
            self.reader = _sqlite_engine(self.url, writer=False)
            self.writer = _sqlite_engine(self.url, writer=True)
        else:
            self.reader = self.writer = _postgresql_engine(self.url)

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
            async with self.writer.begin() as db:
                yield db

    async def is_reachable(self) -> bool:
        """Whether a statement gets through now."""
        try:
            async with asyncio.timeout(_WAIT_SECONDS), self.reading() as db:
                await db.execute(text("SELECT 1"))
        except (DatabaseUnavailable, TimeoutError):
            return False
        return True

    async def close(self) -> None:
        await self.reader.dispose()
        if self.writer is not self.reader:
            await self.writer.dispose()


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turns the drivers' many ways of being unreachable into `DatabaseUnavailable`; errors in what was asked pass."""
    try:
        yield
    except (IntegrityError, DataError):
        raise
    except (DBAPIError, PoolTimeoutError, OSError, TimeoutError) as error:
        metrics.database_unavailable.inc()
        raise DatabaseUnavailable(reason_of(error)) from error


def reason_of(error: Exception) -> str:
    """Enough for an operator, and nothing that a row contains."""
    words = str(error.orig if isinstance(error, DBAPIError) else error)
    is_full = any(sign in words for sign in ("disk is full", "No space left"))
    return DISK_FULL if is_full else type(error).__name__


class _QuickToClose(asyncpg.Connection):  # type: ignore[misc]
    """SQLAlchemy gives a server that has just failed to answer two more seconds to say goodbye: too many for us."""

    __slots__ = ()

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncpg's own signature
        await super().close(timeout=min(timeout or _PARTING_SECONDS, _PARTING_SECONDS))


def _async_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ValueError("IDP_DATABASE_URL is not a URL") from error
    driver = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}.get(parsed.get_backend_name())
    if driver is None:
        raise ValueError("IDP_DATABASE_URL starts with sqlite:/// or postgresql://")
    return parsed.set(drivername=driver)


def _postgresql_engine(url: URL) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=_POOL_SIZE,
        max_overflow=0,
        hide_parameters=True,  # what a statement carries never stands in a log (LG-01)
        pool_timeout=_POOL_SECONDS,
        pool_pre_ping=False,
        connect_args={
            "timeout": _CONNECT_SECONDS,
            "command_timeout": _WAIT_SECONDS,
            "connection_class": _QuickToClose,
            "server_settings": {"lock_timeout": "2s", "statement_timeout": "2s", "timezone": "UTC"},
        },
    )


def _sqlite_engine(url: URL, *, writer: bool) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=1 if writer else _POOL_SIZE,
        max_overflow=0,
        hide_parameters=True,  # what a statement carries never stands in a log (LG-01)
        pool_timeout=_WAIT_SECONDS,
        connect_args={"timeout": _WAIT_SECONDS, "isolation_level": None},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's own type
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"query_only={0 if writer else 1}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's event signature
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN DEFERRED")

    return engine
