"""Many grants are locked in the order of their ids: revocations and refreshes of the same grants wait for each other,
and none fails of a deadlock.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.database.engine import Database
from idp.grants import store
from idp.grants.grant import GrantState, RevocationReason
from idp.grants.store import Rotation
from idp.grants.table import grants
from idp.protocol.confirmation import UNBOUND as NO_SENDER
from tests.support.clock import MovableClock
from tests.support.grants import CLIENT_ID, UNBOUND, insert_grants, insert_login
from tests.support.queries import count_rows

_COUNT = 40
Login = tuple[str, str]
Revocation = Callable[[AsyncConnection, Login, dict[str, Any]], Awaitable[int]]

REVOCATIONS: dict[str, Revocation] = {
    "session": lambda db, login, why: store.revoke_for_session(db, login[1], spare_offline=False, **why),
    "account": lambda db, login, why: store.revoke_for_account(db, login[0], **why),
    "account_and_client": lambda db, login, why: store.revoke_for_account(db, login[0], client_id=CLIENT_ID, **why),
    "client": lambda db, _, why: store.revoke_for_client(db, CLIENT_ID, **why, limit=_COUNT),
    "session_and_client": lambda db, login, why: store.revoke_for_session_and_client(db, login[1], CLIENT_ID, **why),
}


def _why(now: int) -> dict[str, Any]:
    return {"reason": RevocationReason.LOGOUT, "now": now}


async def _rotate(db: AsyncConnection, grant_id: str, now: int) -> bool:
    rotation = Rotation(
        grant_id, CLIENT_ID, 1, None,
        agent_given=False, offline_allowed=True, sender=NO_SENDER, sender_may_change=True,
    )  # fmt: skip
    return await store.rotate(db, rotation, now=now, idle_expires_at=now + 60) is not None


async def _login_with_grants(database: Database, now: int) -> tuple[Login, list[str]]:
    """Its grants lie in the table in the order against that of their ids, which are answered in order."""
    async with database.writing() as db:
        login = await insert_login(db, now)
        ids = await insert_grants(db, login, [UNBOUND] * _COUNT, now)
        rows = [dict(row) for row in (await db.execute(select(grants))).mappings()]
        await db.execute(grants.delete())
        for row in sorted(rows, key=lambda row: str(row["id"]), reverse=True):
            await db.execute(insert(grants).values(**row))
    return login, sorted(ids)


async def test_eight_revocations_against_refreshes(database: Database, clock: MovableClock) -> None:
    """All at once: each is answered, every grant is ended by exactly one of the eight."""
    now = clock.now()
    login, ids = await _login_with_grants(database, now)
    kinds = [*REVOCATIONS.values()]

    async def revoke(kind: Revocation) -> int:
        async with database.writing() as db:
            return await kind(db, login, _why(now))

    async def refresh(some: Sequence[str]) -> int:
        async with database.writing() as db:
            return sum([await _rotate(db, grant_id, now) for grant_id in some])

    refreshes = asyncio.gather(*(refresh(ids[start::4]) for start in range(4)))
    ended = await asyncio.gather(*(revoke(kinds[number % len(kinds)]) for number in range(8)))
    await refreshes
    assert sum(ended) == _COUNT
    assert await count_rows(database, grants, grants.c.state == GrantState.REVOKED) == _COUNT


@pytest.mark.parametrize("kind", REVOCATIONS.values(), ids=REVOCATIONS.keys())
async def test_a_revocation_waits_for_the_lowest_id_first(
    postgresql_url: str, clock: MovableClock, kind: Revocation
) -> None:
    """While a transaction holds the first grant the revocation holds no other: the last one can still be refreshed."""
    database, now = Database(postgresql_url), clock.now()
    login, ids = await _login_with_grants(database, now)

    async def revoke() -> int:
        async with database.writing() as db:
            return await kind(db, login, _why(now))

    async with database.writing() as db:
        assert await _rotate(db, ids[0], now)
        revocation = asyncio.create_task(revoke())
        await _until_somebody_waits(database)
        assert await _rotate(db, ids[-1], now)
    assert await revocation == _COUNT
    await database.close()


async def _until_somebody_waits(database: Database) -> None:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    for _ in range(10_000):
        async with database.reading() as db:  # a transaction reads the activity once
            if await db.scalar(waiting):
                return
    pytest.fail("the revocation has not come to wait")
