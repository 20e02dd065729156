"""A prepared statement does what it does through SQLAlchemy, in the same transaction."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import func, select

from idp.administration.migrate import migrate
from idp.audit import store as audit
from idp.audit.table import audit_events
from idp.database.backends.postgresql import connect_postgresql
from idp.database.engine import Database
from idp.database.prepared import Prepared
from idp.database.unavailable import DatabaseUnavailable
from idp.devices import store as devices
from idp.devices.table import device_accounts
from tests.support.queries import count_rows

EVENT = {
    **{name: None for name in ("account_id", "client_id", "session_id", "device_id", "address", "request_id")},
    **{"at": 1, "event": "login_failed", "outcome": "failure", "actor": "anonymous", "user_agent": "ž\u2028"},
    "details": {"counter": "ž", "list": ["a"], "none": None},
}


async def test_a_row_is_the_same_by_either_way(database: Database) -> None:
    """Every type that the driver and SQLAlchemy see differently: JSON, nothing, letters beyond ASCII; also in bulk."""
    async with database.writing() as db:
        await db.execute(audit_events.insert(), [EVENT])
        await audit.append(db, EVENT)
        await audit.insert(db, [EVENT, EVENT])
        rows = [dict(row) for row in (await db.execute(select(audit_events))).mappings()]
    assert len({row.pop("seq") for row in rows}) == 4
    assert rows == [EVENT] * 4


async def test_both_see_the_same_transaction(database: Database) -> None:
    """What one has written the other reads, and an error takes all of it back, whichever came first."""
    with suppress(LookupError):
        async with database.writing() as db:
            await audit.append(db, EVENT)
            assert len((await db.execute(select(audit_events.c.seq))).all()) == 1
            raise LookupError
    assert await count_rows(database, audit_events) == 0


async def test_a_snapshot_is_read_in_one_transaction(database: Database) -> None:
    """Also where the first statement is a prepared one; and nothing of it is left on the connection."""
    async with database.reading() as db:
        assert not await devices.is_known(db, "device", "account")
        assert db.in_transaction()
    async with database.writing() as db:
        await audit.append(db, EVENT)
    assert await count_rows(database, audit_events) == 1


async def test_what_was_asked_wrongly_is_no_failure_of_the_database(database: Database) -> None:
    """A row that refers to nobody ends the transaction with the driver's own words."""
    with pytest.raises((asyncpg.IntegrityConstraintViolationError, sqlite3.IntegrityError)) as refused:
        async with database.writing() as db:
            await devices.record_login(db, "device", "nobody", "agent", 1)
    assert "foreign key" in str(refused.value).lower()
    assert await count_rows(database, device_accounts) == 0


async def test_who_writes_to_sqlite_waits_for_no_thread_between_begin_and_commit(tmp_path: Path) -> None:
    """The row is in the table after one turn of the loop for others; also on a connection that was opened anew."""
    database = Database(f"sqlite:///{tmp_path / 'database.sqlite3'}")
    await migrate(database)
    for rows in (1, 2):
        async with database.writing() as db:
            writing = audit.append(db, EVENT)
            assert writing.send(None) is None  # as a coroutine does that waits for nothing but its next turn
            with pytest.raises(StopIteration):
                writing.send(None)
        assert await count_rows(database, audit_events) == rows
        await database.writer.dispose()
    await database.close()


@pytest.fixture
async def postgresql_database(postgresql_url: str) -> AsyncIterator[Database]:
    """SQLite has no server that could go away, and waits for locks when a transaction begins."""
    database = Database(postgresql_url)
    yield database
    await database.close()


async def test_after_a_restart_of_the_database_one_caller_is_refused(postgresql_database: Database) -> None:
    """Every connection of the pool is dead: whoever finds that out first has the whole of it opened anew."""
    database = postgresql_database

    async def ask(together: asyncio.Barrier | None = None) -> int:
        async with database.reading() as db:
            if together:
                await together.wait()
            await devices.is_known(db, "device", "account")
            return int(await db.scalar(select(func.pg_backend_pid())) or 0)

    five = asyncio.Barrier(5)
    pids = await asyncio.gather(*(ask(five) for _ in range(5)))
    assert len(set(pids)) == 5
    await _terminate(database, pids)
    with pytest.raises(DatabaseUnavailable):
        await ask()
    for _ in range(6):
        assert await ask() not in pids


async def _terminate(database: Database, pids: Sequence[int]) -> None:
    connection = await connect_postgresql(database.writer)
    for pid in pids:
        assert await connection.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)  # waits until it is gone
    await connection.close()


async def test_a_lock_that_is_not_given_back_is_a_failure_of_the_database(postgresql_database: Database) -> None:
    """A statement that waits too long ends like one of SQLAlchemy's own."""
    slow = Prepared(select(func.pg_sleep(5).label("slept")))
    with pytest.raises(DatabaseUnavailable):
        async with postgresql_database.writing() as db:
            await slow.run(db, {})
