"""Copies rows into PostgreSQL, a chunk in one transaction after the other; a run that was cut off goes on behind the
last chunk that is there.
"""

import shutil
from pathlib import Path
from typing import Any

import asyncpg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bench.scale.rows import Rows, chunk, grant_id, revoked_grants
from idp.grants.table import grants

CHUNK = 10_000
# Measured on two cores: a grant with its share of an account and of a session.
_BYTES_PER_GRANT = 850  # with indexes; as much again is the write-ahead log's while it is written
_GRANTS_PER_SECOND = 10_000  # 8,000 while others work on the machine, 16,000 alone


class NoRoom(Exception):
    """The disk is too small for what was asked."""


async def fill(connection: Any, wanted: int, *, now: int, disk: Path | None, console: Console) -> None:  # noqa: ANN401
    """Brings the database to `wanted` grants; says before it starts what that takes. Raises `NoRoom`."""
    there = await count_filled(connection, wanted)
    missing = wanted - there
    if not missing:
        return
    need, minutes = missing * _BYTES_PER_GRANT / 1e9, missing / _GRANTS_PER_SECOND / 60
    console.print(f"{missing:,} grants are to be made: about {need:.1f} GB and {minutes:.0f} minutes.")
    if disk is not None and (free := shutil.disk_usage(disk).free / 1e9) < 2 * need:
        raise NoRoom(f"{disk} has {free:.1f} GB free; {2 * need:.1f} GB are needed, the write-ahead log included")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("grants", total=wanted, completed=there)
        for start in range(there, wanted, CHUNK):
            async with connection.transaction():
                for table, rows in chunk(range(start, start + CHUNK), now):
                    await copy(connection, table.name, [column.name for column in table.columns], rows)
            progress.advance(task, CHUNK)
    console.print("VACUUM ANALYZE …")
    await connection.execute("VACUUM (ANALYZE)", timeout=3600)


async def add_revoked(connection: Any, count: int, *, now: int) -> None:  # noqa: ANN401
    """As many grants that were revoked two days ago, for the pruning."""
    names = [column.name for column in grants.columns]
    for start in range(0, count, CHUNK):
        rows = revoked_grants(range(start, min(start + CHUNK, count)), now, revoked_at=now - 2 * 86_400)
        await copy(connection, grants.name, names, rows)


async def count_filled(connection: Any, wanted: int) -> int:  # noqa: ANN401
    """How many grants are there already: chunks come whole and in order, so a few look-ups tell."""
    low, high = 0, wanted // CHUNK
    while low < high:
        middle = (low + high) // 2
        first = grant_id(middle * CHUNK)
        is_there = await connection.fetchval("SELECT 1 FROM grants WHERE id = $1", first)
        low, high = (middle + 1, high) if is_there else (low, middle)
    return low * CHUNK


async def copy(connection: asyncpg.Connection, table: str, columns: list[str], rows: Rows) -> None:
    await connection.copy_records_to_table(table, columns=columns, records=rows, timeout=600)
