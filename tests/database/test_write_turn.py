"""Between the statements of a transaction on SQLite the event loop serves others, unless somebody waits to write."""

import asyncio
from unittest.mock import patch

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.audit import store as audit
from idp.audit.table import audit_events
from idp.database.backends import write_turn
from idp.database.engine import Database
from idp.database.unavailable import DatabaseUnavailable
from tests.database.test_prepared import EVENT
from tests.support.queries import count_rows


async def _write(database: Database) -> None:
    async with database.writing() as db:
        await audit.append(db, EVENT)


async def _is_anybody_served(db: AsyncConnection) -> bool:
    """Before the statement has run."""
    served: list[bool] = []
    asyncio.get_running_loop().call_soon(served.append, True)
    await audit.append(db, EVENT)
    return bool(served)


async def test_others_are_served_between_two_statements(sqlite_database: Database) -> None:
    """Before each of them, and what they see is the state before the transaction."""
    await _write(sqlite_database)
    async with sqlite_database.writing() as db:
        assert [await _is_anybody_served(db) for _ in range(3)] == [True] * 3
        assert await count_rows(sqlite_database, audit_events) == 1
    assert await count_rows(sqlite_database, audit_events) == 4


async def test_the_turn_ends_soon_where_somebody_waits_for_it(sqlite_database: Database) -> None:
    """Nobody else is served until it is theirs, and both have written."""
    async with sqlite_database.writing() as db:
        assert await _is_anybody_served(db)
        waiting = asyncio.create_task(_write(sqlite_database))
        await asyncio.sleep(0)
        assert not await _is_anybody_served(db)
    await waiting
    assert await count_rows(sqlite_database, audit_events) == 3


async def test_a_turn_that_does_not_come_is_given_up(sqlite_database: Database) -> None:
    """And whoever has it is not kept from stepping aside by somebody who waits no longer."""
    with patch.object(write_turn, "WAIT_SECONDS", 0):
        async with sqlite_database.writing() as db:
            with pytest.raises(DatabaseUnavailable):
                await _write(sqlite_database)
            assert await _is_anybody_served(db)
    await _write(sqlite_database)
    assert await count_rows(sqlite_database, audit_events) == 2
