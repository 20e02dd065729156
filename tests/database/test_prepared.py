"""A prepared statement does what it does through SQLAlchemy, in the same transaction."""

import sqlite3
from contextlib import suppress

import asyncpg
import pytest
from sqlalchemy import select

from idp.audit import store as audit
from idp.audit.table import audit_events
from idp.database.engine import Database
from idp.devices import store as devices
from idp.devices.table import device_accounts
from tests.support.queries import count_rows

EVENT = {
    **{name: None for name in ("account_id", "client_id", "session_id", "device_id", "address", "request_id")},
    **{"at": 1, "event": "login_failed", "outcome": "failure", "actor": "anonymous", "user_agent": "ž\u2028"},
    "details": {"counter": "ž", "list": ["a"], "none": None},
}


async def test_a_row_is_the_same_by_either_way(database: Database) -> None:
    """Every type that the driver and SQLAlchemy see differently: JSON, nothing, letters beyond ASCII."""
    async with database.writing() as db:
        await audit.append(db, EVENT)
        await audit.insert(db, [EVENT])
        one, other = [dict(row) for row in (await db.execute(select(audit_events))).mappings()]
    assert one.pop("seq") != other.pop("seq")
    assert one == other == EVENT


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
