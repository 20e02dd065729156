"""No statement, and no wait for a lock, takes longer than callers are promised: whichever way it goes to PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from sqlalchemy import String, bindparam, func, select

from idp.database.engine import Database
from idp.database.lanes import Key
from idp.database.prepared import Prepared
from idp.database.unavailable import DatabaseUnavailable
from idp.throttling import attempts
from idp.throttling.attempts import GUESSES
from idp.throttling.lanes import AttemptLane
from idp.throttling.table import attempt_counters
from tests.support.clock import MovableClock

_A_MINUTE = func.pg_sleep(60).label("slept")
_OF_A_COUNTER = select(attempt_counters.c.key, _A_MINUTE).where(
    attempt_counters.c.key == bindparam("given_key", type_=String)
)
_PROMISED_SECONDS = 3.0
Work = Callable[[Database], Awaitable[object]]


@pytest.fixture
async def database(postgresql_url: str, clock: MovableClock) -> AsyncIterator[Database]:
    """With one counter. SQLite has no statement that sleeps, and waits for locks when a transaction begins."""
    database = Database(postgresql_url)
    async with database.writing() as db:
        await attempts.reserve(db, "somebody", GUESSES, now=clock.now())
    yield database
    await database.close()


async def _reading(database: Database) -> None:
    async with database.reading() as db:
        await db.execute(select(_A_MINUTE))


async def _writing(database: Database) -> None:
    async with database.writing() as db:
        await db.execute(select(_A_MINUTE))


async def _prepared(database: Database) -> None:
    async with database.writing() as db:
        await Prepared(select(_A_MINUTE)).run(db, {})


async def _lane(database: Database) -> None:
    lane = database.reading_lane(_OF_A_COUNTER, key=Key("given_key", "key"))
    await lane.run({"given_key": attempts.stored_key("somebody")})


@pytest.mark.requirement("DS-11")
@pytest.mark.parametrize("work", [_reading, _writing, _prepared, _lane])
async def test_a_statement_that_takes_a_minute_is_cut_off(database: Database, work: Work) -> None:
    """And the next one is answered."""
    async with asyncio.timeout(2 * _PROMISED_SECONDS):  # for a busy machine
        with pytest.raises(DatabaseUnavailable):
            await work(database)
    assert await database.is_reachable()


async def _count(database: Database, clock: MovableClock) -> None:
    async with database.writing() as db:
        await attempts.reserve(db, "somebody", GUESSES, now=clock.now())


async def _count_in_a_lane(database: Database, clock: MovableClock) -> None:
    await AttemptLane(database).reserve_guess("somebody", clock.now())


@pytest.mark.requirement("DS-11")
@pytest.mark.parametrize("work", [_count, _count_in_a_lane])
async def test_a_row_that_somebody_keeps_locked_is_not_waited_for(
    database: Database, clock: MovableClock, work: Callable[[Database, MovableClock], Awaitable[None]]
) -> None:
    """Whoever waits is refused; when the lock is given back, the next one is not."""
    async with database.writing() as db:
        await attempts.reserve(db, "somebody", GUESSES, now=clock.now())
        async with asyncio.timeout(2 * _PROMISED_SECONDS):
            with pytest.raises(DatabaseUnavailable):
                await work(database, clock)
    await work(database, clock)
