"""Password hashes and OTP keys in the database."""

import asyncio

import pytest
from sqlalchemy import select, update

from idp.accounts import store as account_store
from idp.accounts.account import Account
from idp.credentials import store
from idp.credentials.table import otp_keys
from idp.database.engine import Database
from idp.sealing import MasterKeys, SealBroken

_KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_OTHER_KEY = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
_OWNER, _STRANGER = "acc_owner", "acc_stranger"


@pytest.fixture
async def accounts(database: Database) -> Database:
    """The database with two accounts."""
    async with database.writing() as db:
        for account_id in (_OWNER, _STRANGER):
            email = f"{account_id}@example.com"
            account = Account(id=account_id, login_email=email, locale="en", created_at=1, updated_at=1)
            assert await account_store.insert(db, account)
    return database


async def _activate(database: Database, keys: MasterKeys, account_id: str = _OWNER, *, step: int = 100) -> None:
    async with database.writing() as db:
        await store.put_pending_otp_key(db, keys, account_id, key=_KEY, session_id="s1", now=1)
        assert await store.activate_otp_key(db, account_id, step=step, session_id="s1", now=2)


async def test_a_password_is_set_and_replaced(accounts: Database) -> None:
    """None before, the newest afterwards."""
    async with accounts.writing() as db:
        assert await store.find_password_hash(db, _OWNER) is None
        await store.set_password(db, _OWNER, "first", 1)
        await store.set_password(db, _OWNER, "second", 2)
        assert await store.find_password_hash(db, _OWNER) == "second"
        assert await store.find_password_hash(db, _STRANGER) is None


@pytest.mark.requirement("PW-02")
async def test_a_newer_hash_never_brings_an_old_password_back(accounts: Database) -> None:
    """Eight logins that upgrade the same hash: one does. After a change of password none does."""
    async with accounts.writing() as db:
        await store.set_password(db, _OWNER, "old", 1)

    async def upgrade(old_hash: str) -> bool:
        async with accounts.writing() as db:
            return await store.replace_hash(db, _OWNER, old_hash=old_hash, new_hash="new")

    assert sum(await asyncio.gather(*(upgrade("old") for _ in range(8)))) == 1
    async with accounts.writing() as db:
        await store.set_password(db, _OWNER, "changed by its owner", 2)
    assert not await upgrade("new")


async def test_a_second_attempt_kills_the_first_key(accounts: Database, master_keys: MasterKeys) -> None:
    """There is one pending key, the newest; it belongs to the session that asked for it."""
    async with accounts.writing() as db:
        await store.put_pending_otp_key(db, master_keys, _OWNER, key=_KEY, session_id="s1", now=1)
        shown = await store.find_pending_otp_key(db, master_keys, _OWNER, session_id="s1")
        assert shown is not None
        await store.put_pending_otp_key(db, master_keys, _OWNER, key=_OTHER_KEY, session_id="s1", now=2)
        newer = await store.find_pending_otp_key(db, master_keys, _OWNER, session_id="s1")
        assert newer is not None
        assert newer.key == _OTHER_KEY
        assert await store.find_pending_otp_key(db, master_keys, _OWNER, session_id="s2") is None
        assert not await store.activate_otp_key(db, _OWNER, step=1, session_id="s1", now=3, pending=shown)
        assert not await store.activate_otp_key(db, _OWNER, step=1, session_id="s2", now=3)
        assert not await store.has_active_otp(db, _OWNER)
        assert await store.activate_otp_key(db, _OWNER, step=1, session_id="s1", now=3, pending=newer)


async def test_an_abandoned_attempt_never_works(accounts: Database, master_keys: MasterKeys) -> None:
    """A deleted pending key cannot be activated, and the active one is not touched by it."""
    await _activate(accounts, master_keys)
    async with accounts.writing() as db:
        await store.put_pending_otp_key(db, master_keys, _OWNER, key=_OTHER_KEY, session_id="s1", now=3)
        await store.delete_pending_otp_key(db, _OWNER)
        assert not await store.activate_otp_key(db, _OWNER, step=1, session_id="s1", now=4)
        active = await store.find_active_otp_key(db, master_keys, _OWNER)
    assert active is not None
    assert (active.key, active.last_step) == (_KEY, 100)


async def test_a_pending_key_is_no_factor(accounts: Database, master_keys: MasterKeys) -> None:
    """Until it is activated it is not found, not counted, and no step of it can be spent."""
    async with accounts.writing() as db:
        await store.put_pending_otp_key(db, master_keys, _OWNER, key=_KEY, session_id="s1", now=1)
        assert not await store.has_active_otp(db, _OWNER)
        assert await store.find_active_otp_key(db, master_keys, _OWNER) is None
        assert not await store.spend_otp_step(db, _OWNER, step=7)


async def test_a_new_key_replaces_the_active_one(accounts: Database, master_keys: MasterKeys) -> None:
    """Eight parallel activations of one pending key: one happens, and its step is spent."""
    await _activate(accounts, master_keys)
    async with accounts.writing() as db:
        await store.put_pending_otp_key(db, master_keys, _OWNER, key=_OTHER_KEY, session_id="s1", now=3)

    async def activate() -> bool:
        async with accounts.writing() as db:
            return await store.activate_otp_key(db, _OWNER, step=50, session_id="s1", now=4)

    assert sum(await asyncio.gather(*(activate() for _ in range(8)))) == 1
    async with accounts.writing() as db:
        active = await store.find_active_otp_key(db, master_keys, _OWNER)
        assert active is not None
        assert (active.key, active.last_step, active.created_at) == (_OTHER_KEY, 50, 4)
        assert not await store.spend_otp_step(db, _OWNER, step=50)


@pytest.mark.requirement("MF-02")
async def test_a_step_is_spent_once_and_takes_the_older_ones_along(accounts: Database, master_keys: MasterKeys) -> None:
    """The same step, or one before it, is refused, also after a restart: it stands in the database."""
    await _activate(accounts, master_keys)
    async with accounts.writing() as db:
        assert await store.spend_otp_step(db, _OWNER, step=102)
    restarted = Database(
        accounts.url.render_as_string(hide_password=False).replace("+aiosqlite", "").replace("+asyncpg", "")
    )
    async with restarted.writing() as db:
        assert not await store.spend_otp_step(db, _OWNER, step=102)
        assert not await store.spend_otp_step(db, _OWNER, step=101)
        assert await store.spend_otp_step(db, _OWNER, step=103)
    await restarted.close()


@pytest.mark.requirement("MF-03")
@pytest.mark.parametrize("tries", [8, 50])
async def test_parallel_tries_of_one_step_have_one_winner(
    accounts: Database, master_keys: MasterKeys, tries: int
) -> None:
    """Each in a transaction of its own."""
    await _activate(accounts, master_keys)

    async def spend() -> bool:
        async with accounts.writing() as db:
            return await store.spend_otp_step(db, _OWNER, step=101)

    assert sum(await asyncio.gather(*(spend() for _ in range(tries)))) == 1


@pytest.mark.requirement("MF-09")
async def test_the_database_holds_no_readable_key(accounts: Database, master_keys: MasterKeys) -> None:
    """Neither the base32 text nor the raw bytes; without the master key it stays shut."""
    await _activate(accounts, master_keys)
    async with accounts.reading() as db:
        sealed = await db.scalar(select(otp_keys.c.sealed_key))
        assert isinstance(sealed, bytes)
        assert _KEY.encode() not in sealed
        with pytest.raises(SealBroken):
            await store.find_active_otp_key(db, MasterKeys(bytes(32)), _OWNER)


@pytest.mark.requirement("MF-09")
async def test_a_key_moved_to_another_account_stays_shut(accounts: Database, master_keys: MasterKeys) -> None:
    """Who can write rows still cannot give one account the key of another."""
    await _activate(accounts, master_keys)
    async with accounts.writing() as db:
        await db.execute(update(otp_keys).values(account_id=_STRANGER))
        with pytest.raises(SealBroken):
            await store.find_active_otp_key(db, master_keys, _STRANGER)


async def test_switching_off_removes_every_key(accounts: Database, master_keys: MasterKeys) -> None:
    """The pending one as well; a second time it says that OTP was off. Nobody else is touched."""
    await _activate(accounts, master_keys)
    await _activate(accounts, master_keys, _STRANGER)
    async with accounts.writing() as db:
        await store.put_pending_otp_key(db, master_keys, _OWNER, key=_OTHER_KEY, session_id="s1", now=3)
        assert await store.delete_otp(db, _OWNER)
        assert not await store.delete_otp(db, _OWNER)
        assert await store.find_pending_otp_key(db, master_keys, _OWNER, session_id="s1") is None
        assert await store.has_active_otp(db, _STRANGER)


async def test_a_key_is_not_shown_by_accident(accounts: Database, master_keys: MasterKeys) -> None:
    """Its printed form, as a log would have it, holds no secret."""
    await _activate(accounts, master_keys)
    async with accounts.reading() as db:
        assert _KEY not in repr(await store.find_active_otp_key(db, master_keys, _OWNER))
