"""What is deleted of grants, and the one row that stays because it says whom to tell of a logout."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.database.engine import Database
from idp.database.sweeping import sweep_batch
from idp.grants.store import list_clients_of_sessions
from idp.grants.sweeping import SWEEPS
from idp.grants.table import grants
from idp.sessions import store as sessions
from idp.sessions.session import EndReason
from tests.support.clock import MovableClock
from tests.support.grants import UNBOUND, insert_grants, insert_login

LONG_OVER = 3 * 86_400


async def _swept(db: AsyncConnection, now: int) -> int:
    return sum([(await sweep_batch(db, sweep, now, limit=100)).deleted for sweep in SWEEPS])


async def test_the_last_grant_of_each_client_stays_while_the_session_lives(
    database: Database, clock: MovableClock
) -> None:
    """Of three grants long over one stays for each client; when the session has ended, none."""
    now = clock.now()
    over = {"expires_at": now - LONG_OVER}
    async with database.writing() as db:
        login = await insert_login(db, now)
        for age in (9, 7, 8):
            await insert_grants(db, login, [UNBOUND, UNBOUND], now, created_at=now - LONG_OVER - age, **over)
        (other,) = await insert_grants(db, login, [UNBOUND], now, client_id="bank", **over)
        assert await _swept(db, now) == 5
        left = {row.id: row.created_at for row in await db.execute(select(grants.c.id, grants.c.created_at))}
        assert sorted(left.values()) == [now - LONG_OVER - 7, now]
        assert other in left
        pairs = [(login[1], "bank"), (login[1], "shop")]
        assert await list_clients_of_sessions(db, [login[1]]) == pairs
        assert await _swept(db, now) == 0
        await sessions.end(db, login[1], reason=EndReason.LOGOUT, now=now)
        assert await _swept(db, now) == 2
        assert await list_clients_of_sessions(db, [login[1]]) == []


async def test_a_session_that_nobody_uses_any_more_keeps_nothing(database: Database, clock: MovableClock) -> None:
    """Too old without having been ended: nobody will ever log out of it."""
    now = clock.now()
    async with database.writing() as db:
        login = await insert_login(db, now)
        await insert_grants(db, login, [UNBOUND], now, expires_at=now - LONG_OVER)
        assert await _swept(db, now) == 0
        assert await _swept(db, now + 86_400) == 1
