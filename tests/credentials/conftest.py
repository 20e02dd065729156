"""What the tests of credentials share."""

import pytest

from idp.accounts import store as account_store
from idp.accounts.account import Account
from idp.database.engine import Database
from idp.sealing import MasterKeys
from tests.credentials.desk import Desk
from tests.support.clock import MovableClock


@pytest.fixture
async def desk(database: Database, master_keys: MasterKeys, clock: MovableClock) -> Desk:
    """A desk over a database with two accounts."""
    async with database.writing() as db:
        for account_id in ("acc_owner", "acc_stranger"):
            email = f"{account_id}@example.com"
            account = Account(id=account_id, login_email=email, locale="en", created_at=1, updated_at=1)
            assert await account_store.insert(db, account)
    return Desk(database, master_keys, clock)
