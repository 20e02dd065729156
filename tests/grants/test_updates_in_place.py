"""A refresh is updated in place (HOT): PostgreSQL writes no index for it, and the table does not grow."""

from typing import Any

import asyncpg
import pytest
from sqlalchemy import Column
from sqlalchemy.sql.visitors import iterate

from idp.grants.statements import ROTATE
from idp.grants.table import grants
from tests.support.browser import FIREFOX, Browser
from tests.support.clock import MovableClock
from tests.support.provider import running_provider, test_settings
from tests.support.relying_party import RelyingParty

_REFRESHES = 300
_COUNTED = (
    "SELECT n_tup_upd AS updates, n_tup_hot_upd AS in_place, pg_table_size('grants') AS size"
    " FROM pg_stat_user_tables WHERE relname = 'grants'"
)


def test_no_index_knows_a_column_that_a_refresh_sets() -> None:
    """Neither as one of its columns nor in its condition, whatever the statement sets today."""
    changed = {column.name for column in ROTATE._values or {}}
    assert {"generation", "rotated_at", "idle_expires_at", "ua_raw"} <= changed
    for index in grants.indexes:
        conditions = [index.dialect_options[dialect]["where"] for dialect in ("postgresql", "sqlite")]
        parts = [part for root in (*index.expressions, *conditions) if root is not None for part in iterate(root)]
        named = {part.name for part in parts if isinstance(part, Column)}
        assert named, f"{index.name} could not be read"
        assert not named & changed, f"{index.name} is written at every refresh"
    assert not changed & {column.name for column in grants.columns if column.unique or column.primary_key}


@pytest.fixture
def statistics_url(postgresql_url: str) -> str:
    """The database's address for a connection beside the provider's."""
    return postgresql_url


async def test_every_refresh_is_in_place(statistics_url: str, tmp_path: Any, clock: MovableClock) -> None:
    """Some hundred refreshes of a few grants: as many updates, all of them HOT, and not a page more."""
    async with running_provider(test_settings(statistics_url, tmp_path / "var"), clock) as provider:
        await provider.account()
        rp = RelyingParty(provider, await provider.client())
        async with Browser(provider.app) as browser:
            refresh_tokens = [(await rp.tokens(browser))["refresh_token"] for _ in range(4)]
        before = await _counted(provider.wiring.database.writer, statistics_url)
        for number in range(_REFRESHES):
            place = number % len(refresh_tokens)
            answer = await rp.refresh(refresh_tokens[place], user_agent=FIREFOX)
            refresh_tokens[place] = answer.json()["refresh_token"]
        after = await _counted(provider.wiring.database.writer, statistics_url)
    assert after["updates"] - before["updates"] == _REFRESHES
    assert after["in_place"] - before["in_place"] == _REFRESHES
    assert after["size"] == before["size"]


async def _counted(engine: Any, url: str) -> dict[str, int]:
    """A connection tells its statistics when it ends: the provider's are closed first, and opened again by it."""
    await engine.dispose()
    connection: Any = await asyncpg.connect(url)
    try:
        return dict(await connection.fetchrow(_COUNTED))
    finally:
        await connection.close()
