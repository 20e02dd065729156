"""Pruning: what can never count again goes, what may still count stays, and two at once do no harm."""

import asyncio

from idp.administration.pruning import Pruner
from idp.database.engine import Database
from idp.grants.table import grants
from idp.sessions.table import browser_sessions
from tests.support.clock import MovableClock
from tests.support.grants import UNBOUND, insert_grants, insert_login
from tests.support.queries import count_rows

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
