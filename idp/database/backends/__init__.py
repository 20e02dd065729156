"""What SQLite and PostgreSQL do each in a way of their own, behind one interface.

A process loads the one that it uses, with its driver and SQLAlchemy's dialect: PostgreSQL takes 5 MB, SQLite 2.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from functools import cache
from typing import Any, Protocol

from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from idp.database.lanes.lane import Driver, Lane
from idp.database.lanes.statement import CompiledStatement


class Closable(Protocol):
    """A connection, or a thread with one, outside SQLAlchemy's pools."""

    async def close(self) -> None: ...


class Backend(Protocol):
    """`reader` and `writer` may be the same engine. `opened` are to be closed at the end."""

    reader: AsyncEngine
    writer: AsyncEngine
    opened: list[Closable]

    def turn_to_write(self) -> AbstractAsyncContextManager[None]:
        """Around every transaction that writes; raises `TimeoutError` where it does not come."""

    def reading_lane(self, statement: CompiledStatement, *, shares_connection: bool) -> Lane: ...

    def writing_drivers(self, *, shares_connection: bool) -> list[Driver]:
        """For one lane or several: as many batches of theirs are under way at once."""


class Direct(Protocol):
    """The driver of SQLAlchemy's connection, in the transaction that has begun.

    Raises `DatabaseUnavailable`; errors in what was asked come as the driver's own.
    """

    async def fetch(self, db: AsyncConnection, text: str, values: tuple[Any, ...]) -> Sequence[Sequence[Any]]:
        """The records of one statement."""

    async def run_many(self, db: AsyncConnection, text: str, batch: Sequence[tuple[Any, ...]]) -> None:
        """One statement with several sets of values."""


def backend_for(url: URL) -> Backend:
    if url.get_backend_name() == "sqlite":
        from idp.database.backends.sqlite import SqliteBackend  # noqa: PLC0415 - see above

        return SqliteBackend(url)
    from idp.database.backends.postgresql import PostgresqlBackend  # noqa: PLC0415 - see above

    return PostgresqlBackend(url)


@cache
def direct_for(dialect: str) -> Direct:
    """By the name of SQLAlchemy's dialect."""
    if dialect == "sqlite":
        from idp.database.backends import sqlite  # noqa: PLC0415 - see above

        return sqlite.direct
    from idp.database.backends import postgresql  # noqa: PLC0415 - see above

    return postgresql.direct
