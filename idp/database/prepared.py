"""Statements that every login runs: written in SQLAlchemy Core, compiled once, run on the connection's own driver.

    INSERT_SESSION = Prepared(insert(table), given=("id", "account_id", …))
    await INSERT_SESSION.run(db, {"id": …})    # in the transaction of `db`, between whatever else runs there

To find a statement's compiled text, to bind it and to hand its result through takes SQLAlchemy's connection several
times as long as the driver takes to run it. An INSERT of twelve columns: 200 µs against 45 with asyncpg, 120 against 20
with SQLite; a SELECT by key: 160 against 50, 105 against 15 (Python 3.11, one core). Both see the same transaction, and
nobody can tell the two apart.

Between BEGIN and COMMIT nothing holds up whoever writes to SQLite: such statements run where they are asked, without
the way to the connection's thread and back. With BEGIN in one piece (`sqlite.py`) what a login takes beside its hash
falls from 4.0 to 3.4 ms, and its changes of thread from 76 to 35.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import asyncpg
from sqlalchemy import Table
from sqlalchemy.dialects.sqlite import Insert as UpsertingInsert
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.database.lanes.statement import Compiled, Statement
from idp.database.sqlite import OPEN
from idp.database.unavailable import unavailable
from idp.database.upsert import insert_for

# What was asked is wrong, not the database.
_OF_THE_ASKER = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
)
_OF_THE_DATABASE = (asyncpg.PostgresError, asyncpg.InterfaceError, sqlite3.Error, OSError, TimeoutError)


class Prepared:
    """`given`: of an INSERT, the columns that it is given values for, as parameters of the same names."""

    def __init__(
        self,
        statement: Statement | Callable[[Callable[[Table], UpsertingInsert]], Statement],
        *,
        given: Sequence[str] | None = None,
    ) -> None:
        """`statement`: or what makes one with the `insert()` of a dialect, see `upsert`."""
        self._statement = statement
        self._given = given
        self._compiled: dict[str, Compiled] = {}

    async def run(self, db: AsyncConnection, parameters: Mapping[str, Any]) -> list[Any]:
        """The rows it returned, none where it returns nothing: see `Compiled.row`."""
        compiled = self._compiled_for(db)
        records = await fetch(db, compiled.text, compiled.values(parameters))
        return [compiled.row(record) for record in records]

    async def first(self, db: AsyncConnection, parameters: Mapping[str, Any]) -> Any | None:  # noqa: ANN401 - a row
        """The first row; None where there is none."""
        rows = await self.run(db, parameters)
        return rows[0] if rows else None

    def _compiled_for(self, db: AsyncConnection) -> Compiled:
        name = db.dialect.name
        compiled = self._compiled.get(name)
        if compiled is None:
            statement = self._statement(insert_for(db)) if callable(self._statement) else self._statement
            compiled = self._compiled[name] = Compiled(statement, db.dialect, given=self._given)
        return compiled


async def fetch(db: AsyncConnection, text: str, values: tuple[Any, ...]) -> Sequence[Sequence[Any]]:
    """The records of one statement, by the driver of this connection, in its transaction."""
    if not db.in_transaction():
        await db.begin()  # SQLAlchemy's own statements do that by themselves
    pooled: Any = db.sync_connection.connection  # type: ignore[union-attr]
    adapted: Any = pooled.dbapi_connection
    try:
        if db.dialect.name == "sqlite":
            return await _fetch_sqlite(pooled, text, values)
        return await _fetch_postgresql(adapted, text, values)
    except _OF_THE_ASKER:
        raise
    except (*_OF_THE_DATABASE, adapted.dbapi.Error) as error:
        if db.dialect.name != "sqlite" and adapted.driver_connection.is_closed():
            # SQLAlchemy finds that out by a statement of its own, and then opens its whole pool anew.
            await db.exec_driver_sql("SELECT 1")
        raise unavailable(error) from error


async def _fetch_sqlite(pooled: Any, text: str, values: tuple[Any, ...]) -> Sequence[Sequence[Any]]:  # noqa: ANN401
    records: Sequence[Sequence[Any]]
    if OPEN in pooled.info:
        records = pooled.info[OPEN].execute(text, values).fetchall()
    else:
        records = await pooled.driver_connection.execute_fetchall(text, values)
    return records


async def _fetch_postgresql(adapted: Any, text: str, values: tuple[Any, ...]) -> Sequence[Sequence[Any]]:  # noqa: ANN401
    if adapted._transaction is None:
        await adapted._start_transaction()  # which SQLAlchemy puts off until its first statement
    records: Sequence[Sequence[Any]] = await adapted.driver_connection.fetch(text, *values)
    return records
