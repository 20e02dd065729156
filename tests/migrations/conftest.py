"""A database without a schema."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import schema
from tests.support.postgresql import Cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    cluster: Cluster = request.getfixturevalue("postgresql")
    name = asyncio.run(schema.copy_postgresql(cluster, "template0"))
    yield cluster.url(name)
    asyncio.run(schema.drop_postgresql(cluster, name))
