"""Brings the schema to the newest revision, in one transaction, with one process at it at a time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

import idp
from idp.administration.refusal import Refused
from idp.database.engine import Database
from idp.database.unavailable import DISK_FULL, DatabaseUnavailable, reason_of

_LOCK_WAIT_SECONDS = 60
_ADVISORY_LOCK = 0x1D9  # any number, as long as every process takes the same


class MigrationsMissing(Refused):
    """The folder `migrations/` is neither beside the package nor in the working directory."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """The revisions before and after; `before` is None for an empty database."""

    before: str | None
    after: str


def migrations_directory() -> Path:
    """Beside the package in a checkout, in the working directory in the container image; raises `MigrationsMissing`."""
    for root in (Path(idp.__file__).parents[1], Path.cwd()):
        if (root / "migrations" / "env.py").exists():
            return root / "migrations"
    raise MigrationsMissing("The folder migrations/ was not found: run this where it is.")


def newest_revision() -> str:
    """The revision that this version of the code needs."""
    head = ScriptDirectory(str(migrations_directory())).get_current_head()
    if head is None:
        raise MigrationsMissing("The folder migrations/versions is empty: restore it.")
    return head


async def find_revision(database: Database) -> str | None:
    """The revision of the database; None when it is empty. Raises `DatabaseUnavailable`."""
    async with database.reading() as db:
        return await db.run_sync(_find_revision)


async def migrate(database: Database, *, revision: str = "head") -> Migrated:
    """Upgrades to `revision`, or does nothing when the database is there. Parallel calls wait for each other."""
    configuration = _configuration()
    async with migration_connection(database) as db:
        before = await db.run_sync(_find_revision)
        await db.run_sync(_run, configuration, command.upgrade, revision)
        after = await db.run_sync(_find_revision)
    return Migrated(before, after or "")


async def downgrade(database: Database, *, revision: str) -> None:
    """Takes the schema back to `revision` (`base`: no tables at all). What newer columns hold is lost."""
    async with migration_connection(database) as db:
        await db.run_sync(_run, _configuration(), command.downgrade, revision)


@asynccontextmanager
async def migration_connection(database: Database) -> AsyncIterator[AsyncConnection]:
    """One transaction, without the short time limits of a request, that no second migration enters."""
    engine = _engine(database)
    try:
        async with engine.begin() as db:
            if not database.is_sqlite:
                await db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
            yield db
    except (OSError, DBAPIError) as error:
        if isinstance(error, DBAPIError) and reason_of(error) != DISK_FULL:
            raise  # a fault in a migration, which has to be seen
        raise DatabaseUnavailable(reason_of(error)) from error
    finally:
        await engine.dispose()


def _engine(database: Database) -> AsyncEngine:
    if not database.is_sqlite:
        return create_async_engine(database.url, poolclass=NullPool)
    arguments = {"timeout": _LOCK_WAIT_SECONDS, "isolation_level": None}
    engine = create_async_engine(database.url, poolclass=NullPool, connect_args=arguments)

    # Foreign keys stay unchecked (SQLite's default): replacing a table drops it for a moment.
    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _configuration() -> Config:
    configuration = Config()
    # The directory's name may hold a percent sign, which the option would interpolate.
    configuration.set_main_option("script_location", str(migrations_directory()).replace("%", "%%"))
    return configuration


def _run(connection: Connection, configuration: Config, step: Any, revision: str) -> None:  # noqa: ANN401 - Alembic's
    configuration.attributes["connection"] = connection
    step(configuration, revision)


def _find_revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
