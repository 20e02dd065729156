"""Statements that every login runs: written in SQLAlchemy Core, compiled once, run on the connection's own driver.

    INSERT_SESSION = Prepared(insert(table), given=("id", "account_id", …))
    await INSERT_SESSION.run(db, {"id": …})    # in the transaction of `db`, between whatever else runs there

To find a statement's compiled text, to bind it and to hand its result through takes SQLAlchemy's connection several
times as long as the driver takes to run it. An INSERT of twelve columns: 200 µs against 45 with asyncpg, 120 against 20
with SQLite; a SELECT by key: 160 against 50, 105 against 15 (Python 3.11, one core). Both see the same transaction, and
nobody can tell the two apart.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.database.backends import Direct, direct_for
from idp.database.lanes.statement import Compiled, Statement
from idp.database.upsert import insert_for

if TYPE_CHECKING:
    from sqlalchemy.dialects.sqlite import Insert as UpsertingInsert


class Prepared:
    """`given`: of an INSERT, the columns that it is given values for, as parameters of the same names."""

    def __init__(
        self,
        statement: "Statement | Callable[[Callable[[Table], UpsertingInsert]], Statement]",
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

    async def run_many(self, db: AsyncConnection, batch: Sequence[Mapping[str, Any]]) -> None:
        """For each of these parameters, in their order."""
        compiled = self._compiled_for(db)
        values = [compiled.values(parameters) for parameters in batch]
        await (await _begun(db)).run_many(db, compiled.text, values)

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
    return await (await _begun(db)).fetch(db, text, values)


async def _begun(db: AsyncConnection) -> Direct:
    """The driver, in a transaction: SQLAlchemy's own statements begin one by themselves."""
    if not db.in_transaction():
        await db.begin()
    return direct_for(db.dialect.name)
