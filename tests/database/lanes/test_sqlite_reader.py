"""Those who read on SQLite at the same time are served in one turn of the loop, and none of them notices the others."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from idp.database.backends.sqlite import SqliteBackend
from idp.database.engine import Database
from idp.database.lanes.sqlite import SqliteReader
from idp.database.unavailable import DatabaseUnavailable


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    """With one table, of one number."""
    opened = Database(sqlite_url)
    async with opened.writing() as db:
        await db.exec_driver_sql("CREATE TABLE numbers (number INTEGER)")
        await db.exec_driver_sql("INSERT INTO numbers VALUES (0)")
    yield opened
    await opened.close()


def reader_of(database: Database) -> SqliteReader:
    assert isinstance(database.backend, SqliteBackend)
    return database.backend.loop_reader


async def number(reader: SqliteReader) -> int:
    record = await reader.read("SELECT number FROM numbers", ())
    assert record is not None
    found: int = record[0]
    return found


async def test_a_read_sees_what_was_committed_before_it_was_asked_for(database: Database) -> None:
    """Also while others read in turn after turn: none of their transactions outlives its turn."""
    reader, is_over = reader_of(database), asyncio.Event()

    async def read_on() -> None:
        before = 0
        while not is_over.is_set():
            now = await number(reader)
            assert now >= before
            before = now

    async with asyncio.TaskGroup() as group:
        for _ in range(5):
            group.create_task(read_on())
        for expected in range(1, 50):
            async with database.writing() as db:
                await db.exec_driver_sql("UPDATE numbers SET number = number + 1")
            assert await number(reader) == expected
        is_over.set()


async def test_a_question_that_cannot_be_asked_costs_nobody_else_an_answer(database: Database) -> None:
    """A number beyond any column, a value too many: the others of the turn get theirs."""
    read = reader_of(database).read
    answers: list[Any] = await asyncio.gather(
        read("SELECT ?", ("first",)),
        read("SELECT ?", (2**70,)),
        read("SELECT ?", ("one", "another")),
        read("SELECT ?", ("last",)),
        return_exceptions=True,
    )
    assert (answers[0], answers[3]) == (("first",), ("last",))
    for error in answers[1:3]:
        assert isinstance(error, Exception)
        assert not isinstance(error, DatabaseUnavailable)


async def test_whoever_has_left_holds_nobody_up(database: Database) -> None:
    """Two ask, one is cancelled before its turn."""
    gone, staying = (asyncio.create_task(number(reader_of(database))) for _ in range(2))
    await asyncio.sleep(0)  # they have asked
    gone.cancel()
    assert await staying == 0
    assert gone.cancelled()


async def test_a_database_that_fails_is_everybodys_failure_of_that_turn_alone(database: Database) -> None:
    """Whoever has an answer keeps it, the others learn that there is none; afterwards it is asked as before."""
    read = reader_of(database).read
    answers: list[Any] = await asyncio.gather(
        read("SELECT number FROM numbers", ()),
        read("SELECT number FROM nowhere", ()),
        read("SELECT number FROM numbers", ()),
        return_exceptions=True,
    )
    assert answers[0] == (0,)
    assert [type(answer) for answer in answers[1:]] == [DatabaseUnavailable] * 2
    async with database.writing() as db:
        await db.exec_driver_sql("UPDATE numbers SET number = 7")
    assert await number(reader_of(database)) == 7
