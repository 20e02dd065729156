"""One database for each server: a SQLite file, or a database of a PostgreSQL cluster that flushes every commit."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from tests.support.postgresql import Cluster, start_cluster, stop_cluster

_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_ROOM = {"shared_buffers": "256MB", "max_wal_size": "4GB"}


class BenchDatabase(ABC):
    """As each server wants to be told about it."""

    @abstractmethod
    def url(self) -> str:
        """For `IDP_DATABASE_URL`."""

    @abstractmethod
    def for_node(self) -> dict[str, Any]:
        """For the peer's configuration."""


@dataclass(frozen=True, slots=True)
class SqliteFile(BenchDatabase):
    path: Path

    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def for_node(self) -> dict[str, Any]:
        return {"kind": "sqlite", "path": str(self.path)}


@dataclass(frozen=True, slots=True)
class PostgresqlDatabase(BenchDatabase):
    cluster: Cluster
    name: str

    def url(self) -> str:
        return self.cluster.url(self.name)

    def for_node(self) -> dict[str, Any]:
        return {
            "kind": "postgresql",
            "host": str(self.cluster.directory),
            "user": self.cluster.user,
            "database": self.name,
        }


@contextmanager
def databases(kind: str, names: tuple[str, ...], directory: Path) -> Iterator[tuple[BenchDatabase, ...]]:
    """One for each name, empty; gone at the end. `kind`: `sqlite` or `postgresql`."""
    if kind == "sqlite":
        yield tuple(SqliteFile(directory / f"{name}.sqlite3") for name in names)
        return
    cluster = start_cluster(None, **_DURABLE, **_ROOM)
    try:
        asyncio.run(_create(cluster, names))
        yield tuple(PostgresqlDatabase(cluster, name) for name in names)
    finally:
        stop_cluster(cluster)


async def _create(cluster: Cluster, names: tuple[str, ...]) -> None:
    connection = await asyncpg.connect(host=str(cluster.directory), user=cluster.user, database="postgres")
    try:
        for setting, wanted in _DURABLE.items():
            found = await connection.fetchval("SELECT current_setting($1)", setting)
            if found != wanted:
                raise RuntimeError(f"PostgreSQL runs with {setting}={found}: nothing would be durable")
        for name in names:
            await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
