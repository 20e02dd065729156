"""Operators at their browsers."""

from collections.abc import AsyncIterator

import pytest

from idp.accounts.account import Role
from tests.support.browser import CHROME, Browser
from tests.support.desk import operator
from tests.support.provider import Provider


@pytest.fixture
async def olga(provider: Provider) -> AsyncIterator[Browser]:
    """Support, signed in at the desk."""
    async with Browser(provider.app) as browser:
        await operator(provider, browser, "olga@desk.cz", Role.SUPPORT)
        yield browser


@pytest.fixture
async def adam(provider: Provider) -> AsyncIterator[Browser]:
    """An approver, signed in at the desk in a browser of his own."""
    async with Browser(provider.app, user_agent=CHROME, address="192.0.2.2") as browser:
        await operator(provider, browser, "adam@desk.cz", Role.APPROVER)
        yield browser
