"""A desk with three operators, on SQLite and on PostgreSQL in turn."""

import pytest

from idp.accounts.account import Role
from tests.administration.cases.desk import Desk
from tests.support.provider import Provider


@pytest.fixture
async def desk(any_provider: Provider) -> Desk:
    """Ada and Bob are support, Carl is an approver."""
    desk = Desk(any_provider)
    await desk.hire("ada", Role.SUPPORT)
    await desk.hire("bob", Role.SUPPORT)
    await desk.hire("carl", Role.APPROVER)
    return desk
