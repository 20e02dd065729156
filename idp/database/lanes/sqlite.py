"""Lanes to SQLite: one thread writes, and reading is so fast that it happens on the event loop.

A commit waits for the disk, so it is the writing thread that waits. A SELECT by key out of the page cache takes 15 µs,
and nobody who writes can hold it up (WAL); handing it to a thread and back takes 100.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from typing import Any

from idp.database.lanes.statement import CompiledStatement
from idp.database.unavailable import unavailable

Connect = Callable[[], sqlite3.Connection]
_Asked = tuple[str, Sequence[Any], "asyncio.Future[Any]"]  # a statement, its values, and where the record goes

# What was asked is wrong, not the database.
OF_THE_ASKER = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError)


class SqliteDriver:
    """The thread that writes, with a connection of its own. `turn`: waits until nobody else of this process writes."""

    def __init__(self, connect: Connect, turn: Callable[[], AbstractAsyncContextManager[None]]) -> None:
        self._connect = connect
        self._turn = turn
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-lane")
        self._connection: sqlite3.Connection | None = None

    async def run(
        self, statement: CompiledStatement, batch: Sequence[tuple[Any, tuple[Any, ...]]]
    ) -> list[Sequence[Any] | None]:
        """See `Driver`."""
        values = [values for _, values in batch]
        try:
            async with self._turn():
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._thread, self._run, statement.text, values)
        except OF_THE_ASKER:
            raise
        except (sqlite3.Error, OSError, TimeoutError) as error:
            raise unavailable(error) from error

    async def close(self) -> None:
        if self._connection is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.close)
            self._connection = None
        self._thread.shutdown(wait=False)

    def _run(self, text: str, batch: Sequence[tuple[Any, ...]]) -> list[Sequence[Any] | None]:
        if self._connection is None:
            self._connection = self._connect()
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            found = [_only(connection.execute(text, values)) for values in batch]
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return found


class SqliteReader:
    """The one connection of all reading lanes. It belongs to the thread of the event loop.

    Whoever wants to read waits for a turn of the loop, in which all who came until then are served, each with the
    processor's caches as the one before has left them: of 198 µs of UserInfo 150 are left, of 218 of introspection 172
    (16 connections). They share a transaction, which is 8 µs less. It ends with the turn: so a read sees whatever was
    committed before somebody asked for it.
    """

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._connection: sqlite3.Connection | None = None
        self._waiting: list[_Asked] = []

    async def read(self, text: str, values: Sequence[Any]) -> Sequence[Any] | None:
        """Raises `DatabaseUnavailable`."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._serve)
        found = loop.create_future()
        self._waiting.append((text, values, found))
        record: Sequence[Any] | None = await found
        return record

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _serve(self) -> None:
        waiting, self._waiting = self._waiting, []
        try:
            self._answer([asked for asked in waiting if not asked[2].done()])
        except (sqlite3.Error, OSError) as error:
            self._give_up(waiting, error)

    def _answer(self, waiting: list[_Asked]) -> None:
        """Raises what is the database's fault; whoever asked for the impossible is told so alone."""
        connection = self._connection = self._connection or self._connect()
        if len(waiting) > 1:
            connection.execute("BEGIN")
        for text, values, found in waiting:
            try:
                found.set_result(_only(connection.execute(text, values)))
            except Exception as error:
                if isinstance(error, (sqlite3.Error, OSError)) and not isinstance(error, OF_THE_ASKER):
                    raise
                found.set_exception(error)
        if connection.in_transaction:
            connection.execute("COMMIT")

    def _give_up(self, waiting: list[_Asked], error: Exception) -> None:
        """A database that cannot be used costs everybody who waits: one after the other they would hold up the loop.

        The connection goes with what it had begun: nobody ever reads what has been true at another time.
        """
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        refusal = unavailable(error)
        refusal.__cause__ = error
        for _, _, found in waiting:
            if not found.done():
                found.set_exception(refusal)


class SqliteReadingLane:
    """A SELECT, answered a moment later."""

    def __init__(self, statement: CompiledStatement, reader: SqliteReader) -> None:
        self.statement = statement
        self._reader = reader

    async def run(self, parameters: Mapping[str, Any]) -> Any | None:  # noqa: ANN401 - see `CompiledStatement.row`
        """See `Lane`."""
        record = await self._reader.read(self.statement.text, self.statement.values(parameters))
        return None if record is None else self.statement.value(record)


def _only(cursor: sqlite3.Cursor) -> Sequence[Any] | None:
    """To its end, so that the statement is over, and a SELECT's snapshot with it."""
    records = cursor.fetchall()
    return records[0] if records else None
