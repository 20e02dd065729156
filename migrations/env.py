"""Alembic's entry: `idp migrate` hands over its connection; the `alembic` command opens one to `IDP_DATABASE_URL`."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from idp import tables
from idp.administration.migrate import migration_connection
from idp.database.engine import Database
from idp.settings import Settings


def run(connection: Connection) -> None:
    """Migrates in the caller's transaction: on both databases all revisions take effect together, or none."""
    context.configure(
        connection=connection,
        target_metadata=tables.metadata,
        # SQLite cannot alter a column: Alembic then copies the table, and needs the names of its constraints.
        render_as_batch=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect_and_run() -> None:
    database = Database(Settings().database_url)
    try:
        async with migration_connection(database) as db:
            await db.run_sync(run)
    finally:
        await database.close()


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    run(handed_over)
else:
    asyncio.run(connect_and_run())
