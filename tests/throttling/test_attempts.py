"""Attempts are counted before they are made, however many come at once."""

import asyncio

import pytest
from sqlalchemy import func, select

from idp.database.engine import Database
from idp.database.sweeping import sweep_batch
from idp.throttling.attempts import (
    SWEEP,
    Allowed,
    AttemptPolicy,
    Blocked,
    DailyCap,
    clear,
    reserve,
    seconds_blocked,
)
from idp.throttling.table import attempt_counters
from tests.support.clock import MovableClock

_KEY = "password:acc_1"
_POLICY = AttemptPolicy()


async def _try(
    database: Database, clock: MovableClock, policy: AttemptPolicy | DailyCap = _POLICY, key: str = _KEY
) -> Allowed | Blocked:
    async with database.writing() as db:
        return await reserve(db, key, policy, clock.now())


@pytest.mark.requirement("PW-11", "MF-05")
async def test_parallel_tries_get_the_free_ones_only(database: Database, clock: MovableClock) -> None:
    """200 at once over two nodes with a limit of five: exactly five go ahead."""
    plain_url = database.url.set(drivername=database.url.get_backend_name()).render_as_string(hide_password=False)
    second_node = Database(plain_url)
    results: list[Allowed | Blocked] = []
    for _ in range(10):
        results += await asyncio.gather(*(_try(node, clock) for node in [database, second_node] * 10))
    await second_node.close()
    assert sorted(result.attempts for result in results if isinstance(result, Allowed)) == [1, 2, 3, 4, 5]
    assert {result.retry_after for result in results if isinstance(result, Blocked)} == {60}


@pytest.mark.requirement("PW-11")
async def test_waits_grow_and_stay_within_a_quarter_of_an_hour(database: Database, clock: MovableClock) -> None:
    """One minute after the fifth, doubled each time, never beyond fifteen; trying does not extend the wait."""
    for _ in range(5):
        assert isinstance(await _try(database, clock), Allowed)
    for wait in (60, 120, 240, 480, 900, 900, 900):
        assert await _try(database, clock) == Blocked(wait)
        clock.advance(seconds=wait - 1)
        assert await _try(database, clock) == Blocked(1)
        clock.advance(seconds=1)
        assert isinstance(await _try(database, clock), Allowed)


async def test_an_hour_of_quiet_forgets(database: Database, clock: MovableClock) -> None:
    """The count begins anew; a second less does not do."""
    for _ in range(4):
        await _try(database, clock)
    clock.advance(seconds=3599)
    assert await _try(database, clock) == Allowed(5)
    clock.advance(seconds=3600)
    assert await _try(database, clock) == Allowed(1)


@pytest.mark.requirement("PW-15")
async def test_success_clears_its_own_counter_only(database: Database, clock: MovableClock) -> None:
    """A right password does not forgive wrong OTP codes."""
    for _ in range(5):
        await _try(database, clock)
        await _try(database, clock, key="otp:acc_1")
    async with database.writing() as db:
        await clear(db, _KEY)
        assert await seconds_blocked(db, _KEY, clock.now()) == 0
        assert await seconds_blocked(db, "otp:acc_1", clock.now()) == 60
    assert await _try(database, clock) == Allowed(1)
    assert await _try(database, clock, key="otp:acc_1") == Blocked(60)


@pytest.mark.requirement("MF-05")
async def test_a_day_has_twenty_attempts(database: Database, clock: MovableClock) -> None:
    """Spread over the day or not; the next day begins a day after the first of them."""
    for number in range(20):
        assert await _try(database, clock, DailyCap()) == Allowed(number + 1)
        clock.advance(minutes=1)
    assert await _try(database, clock, DailyCap()) == Blocked(86_400 - 20 * 60)
    clock.advance(seconds=86_400 - 20 * 60 - 1)
    assert await _try(database, clock, DailyCap()) == Blocked(1)
    clock.advance(seconds=1)
    assert await _try(database, clock, DailyCap()) == Allowed(1)


@pytest.mark.requirement("MF-05")
async def test_a_daily_cap_holds_in_parallel(database: Database, clock: MovableClock) -> None:
    """Forty at once: twenty go ahead."""
    results = await asyncio.gather(*(_try(database, clock, DailyCap()) for _ in range(40)))
    assert sum(isinstance(result, Allowed) for result in results) == 20


@pytest.mark.parametrize("policy", [AttemptPolicy(free=1), DailyCap(limit=1)])
async def test_a_limit_of_one_is_one(database: Database, clock: MovableClock, policy: AttemptPolicy | DailyCap) -> None:
    """The very first attempt already starts the wait."""
    assert await _try(database, clock, policy) == Allowed(1)
    assert isinstance(await _try(database, clock, policy), Blocked)


@pytest.mark.parametrize(
    "key",
    ["x" * 97, "password:name:žluťoučký", "a\x00b", "x" * 100_000],
    ids=["long", "not ASCII", "NUL", "very long"],
)
async def test_any_key_can_be_counted(database: Database, clock: MovableClock, key: str) -> None:
    """Long or strange ones, such as a name somebody typed, count under their digest and do not meet."""
    policy = AttemptPolicy(free=1)
    assert await _try(database, clock, policy, key) == Allowed(1)
    assert isinstance(await _try(database, clock, policy, key), Blocked)
    assert await _try(database, clock, policy, key + "y") == Allowed(1)


@pytest.mark.parametrize(
    "values", [{"free": 0}, {"first_wait": 0}, {"longest_wait": 901}, {"longest_wait": 30}, {"window": 600}]
)
def test_a_policy_that_would_lock_the_owner_out_is_refused(values: dict[str, int]) -> None:
    """No wait beyond fifteen minutes, none shorter than a second, none that outlives its window."""
    with pytest.raises(ValueError, match="fifteen minutes"):
        AttemptPolicy(**values)


async def test_the_sweep_deletes_expired_counters_in_batches(database: Database, clock: MovableClock) -> None:
    """And leaves those that still count or block."""
    for number in range(5):
        await _try(database, clock, key=f"password:{number}")
    await _try(database, clock, DailyCap(limit=1), "otp-day:acc_1")
    clock.advance(seconds=3600)
    await _try(database, clock, key="password:fresh")
    async with database.writing() as db:
        assert (await sweep_batch(db, SWEEP, clock.now(), limit=3)).deleted == 3
        assert (await sweep_batch(db, SWEEP, clock.now(), limit=3)).deleted == 2
        assert (await sweep_batch(db, SWEEP, clock.now(), limit=3)).deleted == 0
        assert await db.scalar(select(func.count()).select_from(attempt_counters)) == 2
