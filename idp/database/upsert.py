"""INSERT … ON CONFLICT, which SQLite and PostgreSQL spell alike and SQLAlchemy keeps in two dialects."""

from collections.abc import Callable

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


def insert_for(db: AsyncConnection | AsyncEngine) -> Callable[[Table], SqliteInsert]:
    """The `insert()` of the database's dialect. Both have the same `on_conflict_…` methods: one type stands in."""
    return sqlite_insert if db.dialect.name == "sqlite" else postgresql_insert  # type: ignore[return-value]
