"""INSERT … ON CONFLICT, which SQLite and PostgreSQL spell alike and SQLAlchemy keeps in two dialects."""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

if TYPE_CHECKING:
    from sqlalchemy.dialects.sqlite import Insert as UpsertingInsert


def insert_for(db: AsyncConnection | AsyncEngine) -> "Callable[[Table], UpsertingInsert]":
    """The `insert()` of the database's dialect. Both have the same `on_conflict_…` methods: one type stands in.

    The engine has loaded that dialect. The other one, PostgreSQL's, would be 3 MB for nothing.
    """
    insert: Callable[[Table], UpsertingInsert] = import_module(f"sqlalchemy.dialects.{db.dialect.name}").insert
    return insert
