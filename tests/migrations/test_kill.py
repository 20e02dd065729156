"""kill -9 in the middle of `idp migrate`: what it began is undone, and the next one does all of it."""

import signal

import pytest
from sqlalchemy import Connection, inspect

from idp.administration.migrate import find_revision, newest_revision
from idp.database.engine import Database
from idp.tables import metadata
from tests.failures.chores import killed


def _table_names(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


@pytest.mark.requirement("RX-06")
async def test_killed_in_the_middle_of_a_migration(empty_url: str) -> None:
    """Nothing of it is left, wherever it was; then it comes to its end as if nothing had been."""
    database, number = Database(empty_url), 1
    while (code := await killed(empty_url, "migrate", number)) == -signal.SIGKILL:
        assert await find_revision(database) is None
        async with database.reading() as db:
            assert await db.run_sync(_table_names) == set()
        number *= 2
    assert code == 0
    assert number > 64  # so many statements at least
    assert await find_revision(database) == newest_revision()
    async with database.reading() as db:
        assert set(metadata.tables) <= await db.run_sync(_table_names)
    await database.close()
