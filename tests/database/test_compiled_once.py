"""SQLite compiles a statement once; one that it plans by its parameters' values it compiles at every execution."""

import sqlite3
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.table import accounts
from idp.database.engine import Database
from idp.grants.table import grants
from tests.database.test_plans import CASES, Rows, Work, rows_of_one_login


@contextmanager
def _compilations(driver: sqlite3.Connection) -> Iterator[list[int]]:
    """What SQLite asks leave for while it compiles; `BEGIN` and `COMMIT` are compiled each time."""
    asked: list[int] = []

    def allow(action: int, *_: str | None) -> int:
        if action != sqlite3.SQLITE_TRANSACTION:
            asked.append(action)
        return sqlite3.SQLITE_OK

    driver.set_authorizer(allow)
    try:
        yield asked
    finally:
        driver.set_authorizer(None)


async def _compiles_again(url: str, work: Work) -> bool:
    """Whether anything is compiled when `work` is done for the third time."""
    database = Database(url)
    try:
        async with database.writer.connect() as db:
            rows = await rows_of_one_login(db)
            driver: sqlite3.Connection = (await db.get_raw_connection()).info["sqlite3"]
            with _compilations(driver) as asked:
                for _ in range(3):
                    asked.clear()
                    await work(db, rows)
                return asked != []
    finally:
        await database.close()


@pytest.mark.parametrize("work", CASES.values(), ids=CASES.keys())
async def test_a_statement_is_compiled_once(sqlite_url: str, work: Work) -> None:
    """Those of the hot path, the revocations and the outbox."""
    assert not await _compiles_again(sqlite_url, work)


async def test_one_that_is_compiled_again_is_seen(sqlite_url: str) -> None:
    """A join by a state that is a parameter: there are partial indexes for two of its values."""

    def join(db: AsyncConnection, rows: Rows) -> Awaitable[object]:
        pair = select(grants.c.id).join_from(grants, accounts, accounts.c.id == grants.c.account_id)
        return db.execute(pair.where(grants.c.id == rows.grant_id, grants.c.state == "active"))

    assert await _compiles_again(sqlite_url, join)
