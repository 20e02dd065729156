"""A chore is done by one process at a time, and by another when that one is gone."""

import asyncio
import sys
from contextlib import AsyncExitStack

import pytest

from idp.database.engine import Database
from idp.database.turns import one_at_a_time

_HOLDER = """
import asyncio, sys
from idp.database.engine import Database
from idp.database.turns import one_at_a_time

async def hold():
    async with one_at_a_time(Database(sys.argv[1]), "prune") as is_mine:
        print(is_mine, flush=True)
        await asyncio.Event().wait()

asyncio.run(hold())
"""


async def test_of_eight_at_once_one_has_the_turn(database_url: str) -> None:
    """Each with a database of its own, as processes have; afterwards it is free again."""
    async with AsyncExitStack() as stack:
        databases = [Database(database_url) for _ in range(8)]
        for database in databases:
            stack.push_async_callback(database.close)
        everybody_has_asked = asyncio.Barrier(len(databases))

        async def ask(database: Database) -> bool:
            async with one_at_a_time(database, "prune") as is_mine:
                await everybody_has_asked.wait()
                return is_mine

        for _ in range(3):
            assert sorted(await asyncio.gather(*map(ask, databases))) == [False] * 7 + [True]


async def test_chores_do_not_wait_for_each_other(database: Database) -> None:
    """Who prunes keeps nobody from sealing."""
    async with one_at_a_time(database, "prune") as prunes, one_at_a_time(database, "seal") as seals:
        assert (prunes, seals) == (True, True)


async def test_a_chore_that_fails_gives_the_turn_back(database: Database) -> None:
    """An error inside the block passes on, and the next turn is free."""
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            async with one_at_a_time(database, "prune") as is_mine:
                assert 1 / (not is_mine)


async def test_a_killed_process_gives_the_turn_back(database: Database, database_url: str) -> None:
    """kill -9 in the middle of a chore: nobody has to clean up."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _HOLDER, database_url, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(60):
            assert process.stdout is not None
            assert await process.stdout.readline() == b"True\n"
            async with one_at_a_time(database, "prune") as is_mine:
                assert not is_mine
    finally:
        process.kill()
        await process.wait()
    async with asyncio.timeout(10):
        while True:  # PostgreSQL sees a moment later that the other end is gone
            async with one_at_a_time(database, "prune") as is_mine:
                if is_mine:
                    break
