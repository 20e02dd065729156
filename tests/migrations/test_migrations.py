"""The schema that migrations make is the one that the code declares, on both databases, up and down."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

from idp import tables
from idp.administration import migrate as migrating
from idp.administration.migrate import MigrationsMissing, downgrade, find_revision, migrate, newest_revision
from idp.database.engine import Database


def _differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, tables.metadata))


def _table_names(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


async def test_migrations_make_the_declared_schema(empty_url: str) -> None:
    """Nothing differs between `idp/*/table.py` and what the migrations built: add a revision when this fails."""
    database = Database(empty_url)
    assert await find_revision(database) is None
    migrated = await migrate(database)
    async with database.reading() as db:
        differences = await db.run_sync(_differences)
    again = await migrate(database)
    await database.close()

    assert not differences, f"tables and migrations differ; write a revision for: {differences}"
    assert (migrated.before, migrated.after) == (None, newest_revision())
    assert again.before == again.after == newest_revision()


async def test_migrations_go_down_and_up_again(empty_url: str) -> None:
    """Going down to the base leaves no table; up again works."""
    database = Database(empty_url)
    await migrate(database)
    await downgrade(database, revision="base")
    async with database.reading() as db:
        left = await db.run_sync(_table_names)
    await migrate(database)
    async with database.reading() as db:
        made = await db.run_sync(_table_names)
    await database.close()

    assert left == {"alembic_version"}
    assert made == left | set(tables.metadata.tables)


async def test_parallel_migrations_run_once(empty_url: str) -> None:
    """Containers that start together wait for each other: one migrates, the others find it done."""
    databases = [Database(empty_url) for _ in range(4)]
    done = await asyncio.gather(*(migrate(database) for database in databases))
    for database in databases:
        await database.close()

    assert sorted(each.before is None for each in done) == [False, False, False, True]


async def test_failed_migration_leaves_nothing(empty_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """All revisions take effect, or none: a fault in the last one undoes the first."""
    broken = tmp_path / "migrations"
    shutil.copytree(migrating.migrations_directory(), broken, ignore=shutil.ignore_patterns("__pycache__"))
    (broken / "versions" / "9999_broken.py").write_text(
        f"from alembic import op\nrevision = '9999'\ndown_revision = {newest_revision()!r}\n"
        "def upgrade():\n    op.execute('CREATE TABLE half (id INT)')\n    op.execute('no such words')\n"
    )
    monkeypatch.setattr(migrating, "migrations_directory", lambda: broken)
    database = Database(empty_url)
    with pytest.raises(Exception, match="no such words"):
        await migrate(database)
    async with database.reading() as db:
        left = await db.run_sync(_table_names)
    await database.close()

    assert left == set()


def test_migrations_are_found_in_the_working_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An installed package, as in the container image, finds the folder where the process was started."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "env.py").touch()
    monkeypatch.setattr("idp.__file__", str(tmp_path / "site-packages" / "idp" / "__init__.py"))
    monkeypatch.chdir(tmp_path)
    assert migrating.migrations_directory() == tmp_path / "migrations"

    monkeypatch.chdir("/")
    with pytest.raises(MigrationsMissing):
        migrating.migrations_directory()
