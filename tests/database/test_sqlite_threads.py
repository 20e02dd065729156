"""Who writes to SQLite goes to the connection's thread for what may wait, and for nothing else."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import aiosqlite
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from idp.administration.migrate import migrate
from idp.audit import store as audit
from idp.audit.table import audit_events
from idp.database.engine import Database
from idp.database.unavailable import WAIT_SECONDS
from tests.database.test_prepared import EVENT
from tests.support.queries import count_rows


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A file, migrated, whose writer's connection is open."""
    database = Database(f"sqlite:///{tmp_path / 'database.sqlite3'}")
    await migrate(database)
    async with database.writing():
        pass
    yield database
    await database.close()


@pytest.fixture
async def driver(database: Database) -> sqlite3.Connection:
    """The driver's own connection of the writer."""
    async with database.writer.connect() as db:
        found: sqlite3.Connection = (await db.get_raw_connection()).info["sqlite3"]
    return found


async def test_only_the_commit_changes_threads(
    database: Database, driver: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BEGIN and the row run where they are asked, and nothing is rolled back once the row is there."""
    rolled_back: list[None] = []
    original = aiosqlite.Connection.rollback

    async def rollback(connection: aiosqlite.Connection) -> None:
        rolled_back.append(None)
        await original(connection)

    monkeypatch.setattr(aiosqlite.Connection, "rollback", rollback)
    here, ran = threading.get_ident(), []
    driver.set_trace_callback(lambda statement: ran.append((statement.split()[0], threading.get_ident() == here)))
    async with database.writing() as db:
        await audit.append(db, EVENT)
    driver.set_trace_callback(None)
    assert [each for each in ran if each[0] != "PRAGMA"] == [("BEGIN", True), ("INSERT", True), ("COMMIT", False)]
    assert rolled_back == []
    assert await count_rows(database, audit_events) == 1


async def test_a_lock_of_another_process_is_waited_for_in_the_thread(
    database: Database, driver: sqlite3.Connection
) -> None:
    """The loop goes on until it is given back, and then the row is written."""
    other = sqlite3.connect(str(database.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def write() -> None:
        async with database.writing() as db:
            await audit.append(db, EVENT)

    writing = asyncio.create_task(write())
    for _ in range(50):
        await asyncio.sleep(0)
    assert not writing.done()
    other.execute("COMMIT")
    other.close()
    await writing
    assert await count_rows(database, audit_events) == 1
    assert driver.execute("PRAGMA busy_timeout").fetchone() == (WAIT_SECONDS * 1000,)


async def test_a_commit_that_fails_leaves_nothing_on_the_connection(database: Database) -> None:
    """What it could not write is gone, and the next writer begins anew."""
    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        await _write_what_refers_to_nobody(database)
    async with database.writing() as db:
        await audit.append(db, EVENT)
    assert await count_rows(database, audit_events) == 1


async def _write_what_refers_to_nobody(database: Database) -> None:
    """Which SQLite finds out at the very end."""
    async with database.writing() as db:
        await audit.append(db, EVENT)
        await db.execute(text("PRAGMA defer_foreign_keys=ON"))
        await db.execute(text("INSERT INTO device_accounts VALUES ('device', 'nobody', 1, 1)"))
