"""Pruning: what can never count again goes, what may still count stays, and two at once do no harm."""

import asyncio
import itertools

from sqlalchemy import insert, select, update

from idp.administration.pruning import SWEEPS, Pruner
from idp.database.engine import Database
from idp.grants.table import grants
from idp.sealing import new_id
from idp.sessions.table import browser_sessions
from tests.support.clock import MovableClock
from tests.support.grants import UNBOUND, insert_grants, insert_login
from tests.support.queries import count_rows, counting

_DAY = 86_400


async def test_expired_rows_go_and_live_rows_stay(database: Database, clock: MovableClock) -> None:
    """Of three logins only the one that is long over goes, with its grants; running twice at once is safe."""
    now = clock.now()
    async with database.writing() as db:
        old = await insert_login(db, now - 30 * _DAY, email="old@wedos.cz")
        await insert_grants(db, old, [UNBOUND] * 20, now - 30 * _DAY)
        live = await insert_login(db, now, email="live@wedos.cz")
        kept = await insert_grants(db, live, [UNBOUND] * 3, now)
        # Over, but for less than a day: a replay of its code must still be recognised.
        await insert_grants(db, live, [UNBOUND], now, state="revoked", revoked_at=now - 60)
        # The session is over; a grant with `offline_access` still names it.
        offline = await insert_login(db, now - 30 * _DAY, email="offline@wedos.cz")
        await insert_grants(db, offline, [UNBOUND], now - 30 * _DAY, survives_logout=True, expires_at=now + _DAY)
    pruned = [*await asyncio.gather(Pruner(database).turn(now), Pruner(database).turn(now))]
    pruned += await asyncio.gather(Pruner(database).turn(now), Pruner(database).turn(now))
    assert sum(pruned) == 21
    assert await count_rows(database, grants) == 5
    assert await count_rows(database, grants, grants.c.id.in_(kept)) == 3
    assert await count_rows(database, browser_sessions) == 2


async def _insert_over(database: Database, count: int, now: int) -> list[str]:
    """Grants that were revoked two days ago, of a login that is long over."""
    async with database.writing() as db:
        login = await insert_login(db, now - 30 * _DAY)
        return await insert_grants(
            db, login, [UNBOUND] * count, now - 30 * _DAY, state="revoked", revoked_at=now - 2 * _DAY
        )


async def test_a_turn_goes_on_until_nothing_is_left(database: Database, clock: MovableClock) -> None:
    """More than two batches of one kind, all over in the same second, go in one turn."""
    await _insert_over(database, 1_201, clock.now())
    pruner = Pruner(database, sleep=_no_rest)
    assert await pruner.turn(clock.now()) == 1_202
    assert await count_rows(database, grants) == 0


async def test_it_rests_nine_times_as_long_as_it_works(database: Database, clock: MovableClock) -> None:
    """After every transaction, however long that took, so that it never has more than a tenth of a connection."""
    await _insert_over(database, 600, clock.now())
    rests: list[float] = []
    told = itertools.count(step=0.25)

    async def rest(seconds: float) -> None:
        rests.append(seconds)

    await Pruner(database, sleep=rest, stopwatch=lambda: next(told)).turn(clock.now())
    assert len(rests) > len(SWEEPS)
    assert set(rests) == {9 * 0.25}


async def test_what_has_to_stay_is_passed_once_an_hour(database: Database, clock: MovableClock) -> None:
    """A thousand sessions that grants name do not stand in the way of the one behind them, nor are they read again
    before an hour has passed: then those go that nothing names any more.
    """
    now = clock.now()
    async with database.writing() as db:
        account_id, session_id = await insert_login(db, now - 60 * _DAY)
        named = dict((await db.execute(select(browser_sessions))).mappings().one())
        copies = [named | {"id": new_id(), "secret_digest": new_id()} for _ in range(1_000)]
        await db.execute(insert(browser_sessions), copies)
        for copy in copies:
            await insert_grants(db, (account_id, copy["id"]), [UNBOUND], now)
        await db.execute(
            update(browser_sessions).where(browser_sessions.c.id == session_id).values(expires_at=now - 10 * _DAY)
        )
    pruner = Pruner(database, sleep=_no_rest)
    assert await pruner.turn(now) == 1
    assert await count_rows(database, browser_sessions, browser_sessions.c.id == session_id) == 0
    async with database.writing() as db:
        await db.execute(grants.delete())
    with counting(database) as soon:
        assert await pruner.turn(now + 60) == 0
    with counting(database) as later:
        assert await pruner.turn(now + 3600) == 1_000
    assert soon.verbs["SELECT"] < later.verbs["SELECT"]


async def test_rows_that_somebody_holds_are_skipped(postgresql_url: str, clock: MovableClock) -> None:
    """PostgreSQL: two processes share the work. What one has in hand the other leaves alone, and does not wait for."""
    database, now = Database(postgresql_url), clock.now()
    ids = await _insert_over(database, 20, now)
    async with database.writing() as db:
        await db.execute(select(grants.c.id).where(grants.c.id.in_(ids[:5])).with_for_update())
        assert await Pruner(database, sleep=_no_rest).turn(now) == 15
    assert await Pruner(database, sleep=_no_rest).turn(now) == 6
    await database.close()


async def _no_rest(_seconds: float) -> None:
    """For a test that asks what goes, not when."""
