"""Which accounts signed in on which browser."""

import asyncio

import pytest
from sqlalchemy import func, select

from idp.accounts import store as account_store
from idp.accounts.account import Account
from idp.database.engine import Database
from idp.devices import store
from idp.devices.device import device_id_of, new_device_secret
from idp.devices.table import device_accounts, devices


@pytest.fixture
async def accounts(database: Database) -> Database:
    """The database with two accounts."""
    async with database.writing() as db:
        for account_id in ("acc_1", "acc_2"):
            email = f"{account_id}@example.com"
            account = Account(id=account_id, login_email=email, locale="en", created_at=1, updated_at=1)
            assert await account_store.insert(db, account)
    return database


async def _login(database: Database, device_id: str, account_id: str, now: int, user_agent: str = "Firefox") -> bool:
    async with database.writing() as db:
        return await store.record_login(db, device_id, account_id, user_agent, now)


def test_the_cookie_itself_is_not_the_id() -> None:
    """What is stored is a digest; two browsers never share one."""
    first, second = new_device_secret(), new_device_secret()
    assert first != second
    assert device_id_of(first) not in {first, device_id_of(second)}
    assert len(device_id_of(first)) == 43


async def test_a_first_login_on_a_browser_is_told_from_the_next(accounts: Database) -> None:
    """Per account: a second person on the same browser is new to it as well."""
    assert await _login(accounts, "device", "acc_1", 10)
    assert not await _login(accounts, "device", "acc_1", 10)
    assert not await _login(accounts, "device", "acc_1", 20, "Firefox 2")
    assert await _login(accounts, "device", "acc_2", 30)
    assert await _login(accounts, "other device", "acc_1", 30)
    async with accounts.reading() as db:
        assert await store.is_known(db, "device", "acc_1")
        assert not await store.is_known(db, "other device", "acc_2")
        row = (await db.execute(select(device_accounts).where(device_accounts.c.account_id == "acc_1"))).first()
        device = (await db.execute(select(devices).where(devices.c.id == "device"))).one()
    assert row is not None
    assert (row.first_login_at, row.last_login_at) == (10, 20)
    assert (device.created_at, device.last_seen_at, device.user_agent) == (10, 30, "Firefox")


async def test_three_tabs_that_sign_in_at_once_are_one_new_device(accounts: Database) -> None:
    """Eight parallel logins: the owner is told once."""
    results = await asyncio.gather(*(_login(accounts, "device", "acc_1", 10) for _ in range(8)))
    assert results.count(True) == 1


async def test_an_endless_user_agent_is_cut(accounts: Database) -> None:
    """The row stays small whatever the header holds."""
    await _login(accounts, "device", "acc_1", 10, "x" * 100_000)
    async with accounts.reading() as db:
        assert await db.scalar(select(func.length(devices.c.user_agent))) == 512
