"""`make bench-scale`, small: rows that fit the schema, a filling that goes on, grants that can be refreshed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from rich.console import Console

from bench.load import counts_of, refuse_wrong, start
from bench.node import LOAD
from bench.scale import storage
from bench.scale.filling import CHUNK, NoRoom, add_revoked, copy, count_filled, fill
from bench.scale.load import read_tokens, refresh
from bench.scale.logins import logins
from bench.scale.provider import PEOPLE, prepare, serving, settings_of
from bench.scale.rows import chunk
from idp.administration.pruning import Pruner
from idp.clock import SystemClock
from idp.database.engine import Database
from idp.grants.handle import Handles
from idp.wiring import master_keys_of
from tests.bench.packages import need
from tests.failures.test_kill import free_port

NOW = 1_900_000_000
QUIET = Console(quiet=True)


@pytest.fixture
async def connection(postgresql_url: str) -> AsyncIterator[Any]:
    """To an empty database."""
    connection = await asyncpg.connect(postgresql_url)
    yield connection
    await connection.close()


async def test_a_filling_that_was_cut_off_goes_on(connection: Any) -> None:
    """A chunk that was half there when the run ended is made whole; every grant has its account and session."""
    await fill(connection, CHUNK, now=NOW, disk=None, console=QUIET)
    transaction = connection.transaction()
    await transaction.start()
    table, rows = next(chunk(range(CHUNK, 2 * CHUNK), NOW))
    await copy(connection, table.name, [column.name for column in table.columns], rows)
    await transaction.rollback()
    assert await count_filled(connection, 3 * CHUNK) == CHUNK
    await fill(connection, 2 * CHUNK, now=NOW, disk=None, console=QUIET)
    assert await count_filled(connection, 3 * CHUNK) == 2 * CHUNK
    assert await connection.fetchval("SELECT count(*) FROM grants") == 2 * CHUNK
    assert await connection.fetchval("SELECT count(*) FROM accounts") == 2 * CHUNK // 10


async def test_a_disk_that_is_too_small_is_told_before(connection: Any, tmp_path: Path) -> None:
    """Nobody's disk has room for a billion grants of a test."""
    with pytest.raises(NoRoom, match="GB are needed"):
        await fill(connection, 10**12, now=NOW, disk=tmp_path, console=QUIET)
    assert await connection.fetchval("SELECT count(*) FROM grants") == 0


async def test_its_grants_can_be_refreshed_and_pruned(connection: Any, postgresql_url: str, tmp_path: Path) -> None:
    """Over HTTP, each more than once where chance wants it; later runs know the generations; what is over goes."""
    settings, database = settings_of(postgresql_url, tmp_path), Database(postgresql_url)
    now = await connection.fetchval("SELECT extract(epoch FROM now())::bigint")
    await prepare(database, settings, now=now)
    await fill(connection, CHUNK, now=now, disk=None, console=QUIET)
    handles = Handles(master_keys_of(settings), epoch=0)
    tokens = await read_tokens(connection, handles, CHUNK)
    port = free_port()
    with serving(settings, port):
        measured = await refresh(tokens, port, lambda done: done >= 200)
    assert measured.figures["requests"] >= 200
    assert (await read_tokens(connection, handles, CHUNK)).generations == tokens.generations
    assert sum(tokens.generations) == CHUNK + measured.figures["requests"]
    await add_revoked(connection, 700, now=now)
    pruned = await Pruner(database).turn(now)
    assert pruned == 700
    assert (await storage.sizes(connection))["table_mib"] > 0
    await database.close()


async def test_people_log_in_at_two_workers(postgresql_url: str, tmp_path: Path) -> None:
    """Those who were prepared have a password, and come back with a code, whichever worker answers."""
    need(LOAD)
    settings, database = settings_of(postgresql_url, tmp_path), Database(postgresql_url)
    await prepare(database, settings, now=SystemClock().now())
    await database.close()
    port = free_port()
    with serving(settings, port, workers=2):
        plan = {**logins(settings, port, 60.0), "operations": 2 * len(PEOPLE)}  # ends it early
        counted = await asyncio.to_thread(lambda: counts_of(start(plan)))
    refuse_wrong("the provider", counted)
    assert counted["operations"] >= 2 * len(PEOPLE)


async def test_all_that_is_there_is_read_into_the_servers_memory(connection: Any) -> None:
    """Every page of tables and indexes; a user who may not ask for that measures all the same."""
    await fill(connection, CHUNK, now=NOW, disk=None, console=QUIET)
    await connection.execute("CREATE ROLE nobody_special; SET ROLE nobody_special")
    assert await storage.warm(connection) == 0
    await connection.execute("RESET ROLE; DROP ROLE nobody_special")
    pages = await connection.fetchval(f"SELECT sum(pg_relation_size(oid) / 8192)::bigint {storage.RELATIONS}")
    assert await storage.warm(connection) == pages > CHUNK / 100
