"""Providers at which clients may register themselves."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.support.clock import MovableClock
from tests.support.provider import Provider, running_provider, test_settings

Running = Callable[..., AbstractAsyncContextManager[Provider]]

OPEN: dict[str, Any] = {"client_registration": "open", "client_registration_address_limit": "10000/hour"}


@pytest.fixture
async def provider(sqlite_url: str, tmp_path: Path, clock: MovableClock) -> AsyncIterator[Provider]:
    """Everybody may register, on SQLite."""
    async with running_provider(test_settings(sqlite_url, tmp_path / "var", **OPEN), clock) as provider:
        yield provider


@pytest.fixture
async def any_provider(database_url: str, tmp_path: Path, clock: MovableClock) -> AsyncIterator[Provider]:
    """The same, once on SQLite and once on PostgreSQL."""
    async with running_provider(test_settings(database_url, tmp_path / "var", **OPEN), clock) as provider:
        yield provider


@pytest.fixture
def running(sqlite_url: str, tmp_path: Path, clock: MovableClock) -> Running:
    """`running(client_registration="token")`: a provider with these settings."""

    def build(**changes: Any) -> AbstractAsyncContextManager[Provider]:
        url = changes.pop("database_url", sqlite_url)
        return running_provider(test_settings(url, tmp_path / "var", **(OPEN | changes)), clock)

    return build
