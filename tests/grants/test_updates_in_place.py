"""A refresh is updated in place (HOT): PostgreSQL writes no index for it, and the table does not grow."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Column, text
from sqlalchemy.sql.visitors import iterate

from idp.administration.migrate import migrate
from idp.database.engine import Database
from idp.database.lanes.postgresql import PostgresqlDriver
from idp.grants.statements import ROTATE
from idp.grants.table import grants
from idp.wiring import Wiring
from tests.support.browser import FIREFOX, Browser
from tests.support.clock import MovableClock
from tests.support.postgresql import start_cluster, stop_cluster
from tests.support.provider import running_provider, test_settings
from tests.support.relying_party import RelyingParty

_REFRESHES = 300
_COUNTED = (
    "SELECT n_tup_upd AS updates, n_tup_hot_upd AS in_place, pg_table_size('grants') AS size"
    " FROM pg_stat_user_tables WHERE relname = 'grants'"
)


def test_no_index_knows_a_column_that_a_refresh_sets() -> None:
    """Neither as one of its columns nor in its condition, whatever the statement sets today."""
    changed = {str(getattr(column, "name", column)) for column in ROTATE._values or {}}
    assert {"generation", "rotated_at", "idle_expires_at", "ua_raw"} <= changed
    for index in grants.indexes:
        conditions = [index.dialect_options[dialect]["where"] for dialect in ("postgresql", "sqlite")]
        parts = [part for root in (*index.expressions, *conditions) if root is not None for part in iterate(root)]
        named = {part.name for part in parts if isinstance(part, Column)}
        assert named, f"{index.name} could not be read"
        assert not named & changed, f"{index.name} is written at every refresh"
    assert not changed & {column.name for column in grants.columns if column.unique or column.primary_key}


@pytest.fixture
async def quiet_url() -> AsyncIterator[str]:
    """A migrated database on a server of its own: whoever else has a transaction open keeps old versions of rows."""
    cluster = await asyncio.to_thread(start_cluster, autovacuum="off")
    database = Database(cluster.url("postgres"))
    await migrate(database)
    await database.close()
    yield cluster.url("postgres")
    await asyncio.to_thread(stop_cluster, cluster)


async def test_every_refresh_is_in_place(quiet_url: str, tmp_path: Path, clock: MovableClock) -> None:
    """Some hundred refreshes of a few grants: as many updates, all of them HOT, and not a page more."""
    async with running_provider(test_settings(quiet_url, tmp_path / "var"), clock) as provider:
        await provider.account()
        rp = RelyingParty(provider, await provider.client())
        async with Browser(provider.app) as browser:
            refresh_tokens = [(await rp.tokens(browser))["refresh_token"] for _ in range(4)]
        before = await _counted(provider.wiring)
        for number in range(_REFRESHES):
            place = number % len(refresh_tokens)
            answer = await rp.refresh(refresh_tokens[place], user_agent=FIREFOX)
            refresh_tokens[place] = answer.json()["refresh_token"]
        after = await _counted(provider.wiring)
    assert after["updates"] - before["updates"] == _REFRESHES
    assert after["in_place"] - before["in_place"] == _REFRESHES
    assert after["size"] == before["size"]


async def _counted(wiring: Wiring) -> dict[str, int]:
    """What the connections of the provider have done; each tells the server when its transaction has ended."""
    database = wiring.database
    async with database.reading() as db:
        await db.execute(text("SELECT pg_stat_force_next_flush()"))
    for driver in database.backend.opened:
        if isinstance(driver, PostgresqlDriver) and driver._connection is not None:
            await driver._connection.execute("SELECT pg_stat_force_next_flush()")
    async with database.reading() as db:
        row = (await db.execute(text(_COUNTED))).one()
    assert database.writer.pool.status().startswith("Pool size: 10  Connections in pool: 1 ")
    return dict(row._mapping)
