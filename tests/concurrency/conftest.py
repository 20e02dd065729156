"""Two nodes on one database, and the same relying party at each."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

import pytest

from tests.support.browser import Browser
from tests.support.clock import MovableClock
from tests.support.provider import running_provider, test_settings
from tests.support.relying_party import RelyingParty

EIGHT = 8


class Nodes(list[RelyingParty]):
    """The relying party as it talks to each node."""

    def eight(self) -> list[RelyingParty]:
        """Eight callers, spread over the nodes in turn."""
        return list(islice(cycle(self), EIGHT))


@pytest.fixture
async def nodes(database_url: str, tmp_path: Path, clock: MovableClock) -> AsyncIterator[Nodes]:
    """Two providers on one database (SQLite and PostgreSQL in turn), with one account and one first-party client."""
    async with AsyncExitStack() as stack:
        providers = [
            await stack.enter_async_context(running_provider(test_settings(database_url, tmp_path / f"var{n}"), clock))
            for n in range(2)
        ]
        await providers[0].account()
        first = RelyingParty(providers[0], await providers[0].client())
        yield Nodes([first, *(replace(first, provider=provider) for provider in providers[1:])])


@pytest.fixture
async def node_browser(nodes: Nodes) -> AsyncIterator[Browser]:
    """A browser at the first node."""
    async with Browser(nodes[0].provider.app) as browser:
        yield browser
