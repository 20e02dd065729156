"""A browser at a provider that runs once on each database."""

from collections.abc import AsyncIterator

import pytest

from tests.support.browser import Browser
from tests.support.provider import Provider


@pytest.fixture
async def any_browser(any_provider: Provider) -> AsyncIterator[Browser]:
    async with Browser(any_provider.app) as browser:
        yield browser
