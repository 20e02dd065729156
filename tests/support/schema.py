"""Makes databases for tests: the schema once per session by Alembic, a cheap copy of it for every test."""

import asyncio
import secrets
from pathlib import Path
from typing import Any

import asyncpg

from idp.administration.migrate import migrate
from idp.database.engine import Database
from tests.support.postgresql import Cluster


async def _migrate_url(url: str) -> None:
    """As `idp migrate` does it."""
    database = Database(url)
    try:
        await migrate(database)
    finally:
        await database.close()


async def _administer(cluster: Cluster, statement: str) -> None:
    connection: Any = await asyncpg.connect(cluster.url("postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def make_sqlite_template(path: Path) -> Path:
    """A migrated database file, closed, so that a plain copy of it is whole."""
    asyncio.run(_migrate_url(f"sqlite:///{path}"))
    return path


def make_postgresql_template(cluster: Cluster) -> str:
    """The name of a migrated database that nobody is connected to."""
    name = f"template_{secrets.token_hex(6)}"
    asyncio.run(_administer(cluster, f'CREATE DATABASE "{name}"'))
    asyncio.run(_migrate_url(cluster.url(name)))
    return name


async def copy_postgresql(cluster: Cluster, template: str) -> str:
    """The name of a new database like `template`."""
    name = f"test_{secrets.token_hex(6)}"
    await _administer(cluster, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    return name


async def drop_postgresql(cluster: Cluster, name: str) -> None:
    """Removes the database even under forgotten connections."""
    await _administer(cluster, f'DROP DATABASE "{name}" WITH (FORCE)')
