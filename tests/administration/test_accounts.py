"""What operators do to accounts, and what their owners hear of it."""

import pytest
from sqlalchemy import select

from idp.accounts import store
from idp.accounts.account import Account, Role
from idp.accounts.claims import standard_claims
from idp.administration.accounts import (
    NewAccount,
    check_password,
    create_account,
    end_sessions,
    get_account,
    lock_account,
    new_password,
    set_password,
    unlock_account,
)
from idp.administration.demo import DEMO_OTP_KEY, DEMO_PASSWORD, ensure_demo_accounts
from idp.administration.refusal import Refused
from idp.audit.record import Origin
from idp.audit.store import list_events
from idp.credentials import store as credentials
from idp.credentials.password_hashing import PasswordHasher
from idp.database.engine import Database
from idp.messaging.table import outbox
from idp.sealing import MasterKeys
from idp.support.services import holds_service
from tests.support.clock import MovableClock

LUCIE = NewAccount(email="Lucie@Example.com", locale="cs", phone="+420 601 123 456", login_name="Lucie")


@pytest.fixture
def origin(clock: MovableClock) -> Origin:
    return Origin(None, None, None, None, actor="cli:ada", now=clock.now())


@pytest.fixture
def hasher() -> PasswordHasher:
    return PasswordHasher(threads=1, queue=8, memory_kib=1024, passes=1)


async def created(database: Database, origin: Origin, wanted: NewAccount = LUCIE) -> Account:
    async with database.writing() as db:
        return await create_account(db, wanted, "hash", origin=origin)


async def kinds_sent(database: Database) -> list[str]:
    async with database.reading() as db:
        return list(await db.scalars(select(outbox.c.kind).order_by(outbox.c.created_at)))


async def test_created_account_is_found_by_every_name(database: Database, origin: Origin) -> None:
    """Identifiers are normalised; nothing counts as verified that was not said to be."""
    account = await created(database, origin)
    async with database.reading() as db:
        found = [await get_account(db, name) for name in (account.id, "LUCIE@example.com", "lucie")]
        with pytest.raises(Refused, match="There is no account 'nobody'"):
            await get_account(db, "nobody")

    assert {each.id for each in found} == {account.id}
    assert (account.login_email, account.phone) == ("lucie@example.com", "+420601123456")
    assert not account.email_is_verified
    assert not account.phone_is_verified


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (NewAccount("no address", "en"), "not an email address"),
        (NewAccount("a@example.com", "en", phone="12"), "mobile number"),
        (NewAccount("a@example.com", "en", login_name="x"), "login name"),
        (NewAccount("lucie@example.com", "en"), "belongs to another account"),
        (NewAccount("b@example.com", "en", login_name="LUCIE"), "belongs to another account"),
    ],
)
async def test_impossible_accounts_are_refused(
    sqlite_database: Database, origin: Origin, wanted: NewAccount, words: str
) -> None:
    """One sentence, and nothing is stored."""
    await created(sqlite_database, origin)
    with pytest.raises(Refused, match=words):
        await created(sqlite_database, origin, wanted)


async def test_proven_address_takes_it_from_an_unproven_account(sqlite_database: Database, origin: Origin) -> None:
    """Somebody who registered another person's address cannot keep an operator from giving it to its owner."""
    await created(sqlite_database, origin)
    owner = NewAccount("lucie@example.com", "en", email_verified=True)
    account = await created(sqlite_database, origin, owner)
    async with sqlite_database.reading() as db:
        found = await store.find_by_email(db, "lucie@example.com")

    assert found == account


def test_weak_passwords_are_refused() -> None:
    """An operator cannot set what the owner could not choose; a generated one always passes."""
    for password in ("short", "password123456", "lucie-example-1"):
        with pytest.raises(Refused, match="choose another"):
            check_password(password, minimum=12, context=("lucie@example.com",))
    check_password(new_password(), minimum=12, context=("lucie@example.com",))


async def test_owner_hears_of_every_loss_of_access(database: Database, master_keys: MasterKeys, origin: Origin) -> None:
    """A new password, a lock and ended sessions each send a mail and write an event in the same transaction."""
    account = await created(database, origin)
    async with database.writing() as db:
        await set_password(db, master_keys, account, "new hash", origin=origin)
        await end_sessions(db, master_keys, account, origin=origin)
        await lock_account(db, master_keys, account, reason="lost laptop", origin=origin)
    async with database.reading() as db:
        events = [(each.event, each.actor) for each in reversed(await list_events(db, account_id=account.id))]
        assert await credentials.find_password_hash(db, account.id) == "new hash"

    assert sorted(await kinds_sent(database)) == ["account_locked", "password_changed", "sessions_ended"]
    for name in ("account_created", "password_set", "account_locked", "account_sessions_ended"):
        assert (name, "cli:ada") in events


async def test_lock_and_unlock(database: Database, master_keys: MasterKeys, origin: Origin) -> None:
    """Each works once; the second time says so and tells nobody."""
    account = await created(database, origin)
    async with database.writing() as db:
        await lock_account(db, master_keys, account, reason="fraud", origin=origin)
    async with database.writing() as db:
        locked = await get_account(db, account.id)
        with pytest.raises(Refused, match="locked or closed"):
            await lock_account(db, master_keys, locked, reason="again", origin=origin)
        await unlock_account(db, locked, origin=origin)
        unlocked = await get_account(db, account.id)
        with pytest.raises(Refused, match="not locked"):
            await unlock_account(db, unlocked, origin=origin)

    assert (locked.status, locked.status_reason) == ("locked", "fraud")
    assert unlocked.is_active
    assert await kinds_sent(database) == ["account_locked"]


async def test_demo_accounts_hold_every_standard_claim(
    database: Database, master_keys: MasterKeys, origin: Origin, hasher: PasswordHasher
) -> None:
    """A relying party can be tried with all claims of OIDC Core §5.1, in their right types and none empty."""
    made = await ensure_demo_accounts(database, hasher, master_keys, terms_version="1", origin=origin)
    async with database.reading() as db:
        demo, otp, operator = [await get_account(db, f"{name}@example.com") for name in ("demo", "otp", "operator")]
        otp_key = await credentials.find_active_otp_key(db, master_keys, otp.id)
        assert not await credentials.has_active_otp(db, demo.id)
        password_hash = await credentials.find_password_hash(db, demo.id)
        operator_hash = await credentials.find_password_hash(db, operator.id)

    claims = standard_claims(demo)
    assert set(claims) == {
        "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
        "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at", "email", "email_verified", "address",
        "phone_number", "phone_number_verified",
    }  # fmt: skip
    assert (claims["email_verified"], claims["phone_number_verified"]) == (True, True)
    assert all(claims.values())
    assert all(claims["address"].values())
    assert otp_key is not None
    assert otp_key.key == DEMO_OTP_KEY
    assert operator.is_operator
    assert not demo.is_operator
    assert (await hasher.verify(password_hash, DEMO_PASSWORD)).matches
    assert (await hasher.verify(operator_hash, made.operator_passwords[operator.login_email])).matches
    assert demo.terms_version == "1"
    async with database.reading() as db:
        assert await holds_service(db, demo.id, "Dana-web.example")
        colleague = await get_account(db, "colleague@example.com")
    assert colleague.roles == (Role.APPROVER,)


async def test_demo_accounts_are_made_once(
    sqlite_database: Database, master_keys: MasterKeys, origin: Origin, hasher: PasswordHasher
) -> None:
    """A restart makes nothing, shows no password and leaves what the owner changed."""
    first = await ensure_demo_accounts(sqlite_database, hasher, master_keys, terms_version="1", origin=origin)
    async with sqlite_database.writing() as db:
        demo = await get_account(db, "demo@example.com")
        await store.change_profile(db, demo.id, profile={"name": "Mine"}, locale="cs", now=origin.now)
    again = await ensure_demo_accounts(sqlite_database, hasher, master_keys, terms_version="1", origin=origin)
    async with sqlite_database.reading() as db:
        kept = await get_account(db, "demo@example.com")

    assert len(first.created) == 4
    assert again.created == ()
    assert again.operator_passwords == {}
    assert kept.profile == {"name": "Mine"}
