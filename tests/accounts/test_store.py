"""Accounts in the database: found in any spelling, changed only while the change is allowed."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from idp.accounts import store
from idp.accounts.account import Account, AccountStatus, Role, new_account_id
from idp.accounts.identifiers import normalise_email
from idp.database.engine import Database
from tests.support.clock import MovableClock


def _account(email: str = "lucie@example.com", **changes: object) -> Account:
    plain = Account(
        id=new_account_id(), login_email=normalise_email(email), locale="cs", created_at=100, updated_at=100
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


async def _insert(database: Database, *accounts: Account) -> None:
    async with database.writing() as db:
        for account in accounts:
            assert await store.insert(db, account)


async def _get(database: Database, account: Account) -> Account:
    async with database.reading() as db:
        return await store.get(db, account.id)


async def test_an_account_comes_back_as_it_was_stored(database: Database) -> None:
    """Every column survives the round trip in its type."""
    account = _account(
        login_name="lucie", phone="+420601123456", phone_verified_at=5, email_verified_at=4, terms_version="1",
        profile={"name": "Lucie", "address": {"country": "CZ"}}, terms_accepted_at=3,
        roles=(Role.APPROVER, Role.SUPPORT), status=AccountStatus.LOCKED, status_reason="asked for it",
    )  # fmt: skip
    await _insert(database, account)
    assert await _get(database, account) == account


async def test_an_unknown_account_is_not_found(database: Database) -> None:
    """`find` says None, `get` raises."""
    async with database.reading() as db:
        assert await store.find(db, "acc_nobody") is None
        with pytest.raises(store.NoSuchAccount):
            await store.get(db, "acc_nobody")


@pytest.mark.requirement("PW-12")
@pytest.mark.parametrize("typed", ["lucie@example.com", " LUCIE@Example.com ", "Lucie.N", "lucie.n", " LUCIE.N"])
async def test_a_login_is_found_in_any_spelling(database: Database, typed: str) -> None:
    """Email and login name lead to the one account, whatever the case and the blanks around them."""
    account = _account(login_name="lucie.n")
    await _insert(database, account)
    async with database.reading() as db:
        assert await store.find_by_identifier(db, typed) == account


@pytest.mark.requirement("RC-25")
@pytest.mark.parametrize(
    "typed", ["mıke@example.com", "mike@exampſe.com", "ｍike@example.com", "", "@", "\x00", "mike", "x" * 9999]
)
async def test_no_mapping_leads_to_a_strangers_account(database: Database, typed: str) -> None:
    """A look-alike finds nobody, and no input breaks the search."""
    await _insert(database, _account("mike@example.com"), _account("mike@exampse.com"))
    async with database.reading() as db:
        assert await store.find_by_identifier(db, typed) is None


@pytest.mark.requirement("PW-19")
async def test_identifiers_are_unique(database: Database) -> None:
    """A second account with the email or the login name of another one is not inserted."""
    await _insert(database, _account(login_name="lucie"))
    async with database.writing() as db:
        assert not await store.insert(db, _account("LUCIE@example.com"))
        assert not await store.insert(db, _account("other@example.com", login_name="lucie"))
        assert await store.find_by_email(db, "other@example.com") is None


async def test_parallel_registrations_of_one_address_give_one_account(database: Database) -> None:
    """Eight at once: one is inserted."""

    async def register() -> bool:
        async with database.writing() as db:
            return await store.insert(db, _account())

    assert sorted(await asyncio.gather(*(register() for _ in range(8)))) == [False] * 7 + [True]


async def test_an_unverified_account_gives_up_its_address(database: Database) -> None:
    """Who registered somebody else's address in advance is left with a closed account under no address."""
    squatter, owner = _account(login_name="lucie"), _account(created_at=200)
    await _insert(database, squatter)
    async with database.writing() as db:
        assert await store.replace_unverified(db, owner)
        assert await store.find_by_email(db, "lucie@example.com") == owner
        assert not await store.verify_email(db, squatter.id, email="lucie@example.com", now=201)
    closed = await _get(database, squatter)
    assert (closed.status, closed.login_name, "@" in closed.login_email) == (AccountStatus.CLOSED, None, False)


@pytest.mark.parametrize("holder", [{"email_verified_at": 1}, {"status": AccountStatus.LOCKED}])
async def test_a_verified_or_locked_account_keeps_its_address(database: Database, holder: dict[str, Any]) -> None:
    """Registering again changes nothing about it."""
    account = _account(**holder)
    await _insert(database, account)
    async with database.writing() as db:
        assert not await store.replace_unverified(db, _account())
    assert await _get(database, account) == account


async def test_verification_fits_the_address_it_was_sent_to(database: Database, clock: MovableClock) -> None:
    """A code for an earlier address proves nothing about the present one; the first time of verification stays."""
    account = _account(phone="+420601123456")
    await _insert(database, account)
    now = clock.now()
    async with database.writing() as db:
        assert not await store.verify_email(db, account.id, email="old@example.com", now=now)
        assert not await store.verify_phone(db, account.id, phone="+420601999999", now=now)
        assert await store.verify_email(db, account.id, email="lucie@example.com", now=now)
        assert await store.verify_phone(db, account.id, phone="+420601123456", now=now)
        assert await store.verify_email(db, account.id, email="lucie@example.com", now=now + 9)
    verified = await _get(database, account)
    assert (verified.email_verified_at, verified.phone_verified_at, verified.updated_at) == (now, now, now + 9)


async def test_an_unverified_address_can_be_corrected(database: Database) -> None:
    """Until it is verified; never to one that a verified account holds."""
    account, other = _account(), _account("taken@example.com", email_verified_at=1)
    await _insert(database, account, other)
    async with database.writing() as db:
        assert not await store.change_unverified_email(db, account.id, email="taken@example.com", now=2)
        assert await store.change_unverified_email(db, account.id, email="new@example.com", now=3)
        assert await store.verify_email(db, account.id, email="new@example.com", now=4)
        assert not await store.change_unverified_email(db, account.id, email="newer@example.com", now=5)
    assert (await _get(database, account)).login_email == "new@example.com"


async def test_another_number_has_to_be_verified_again(database: Database) -> None:
    """The same number keeps its verification, a new one starts without."""
    account = _account(phone="+420601123456", phone_verified_at=7)
    await _insert(database, account)
    async with database.writing() as db:
        assert await store.change_phone(db, account.id, phone="+420601123456", now=8)
    assert (await _get(database, account)).phone_verified_at == 7
    async with database.writing() as db:
        assert await store.change_phone(db, account.id, phone="+420602123456", now=9)
    assert (await _get(database, account)).phone_is_verified is False


async def test_closing_is_final(database: Database) -> None:
    """A lock can be lifted, a repeated change says False, a closed account takes no change at all."""
    account = _account()
    await _insert(database, account)
    async with database.writing() as db:
        assert await store.set_status(db, account.id, status=AccountStatus.LOCKED, reason="asked", now=2)
        assert not await store.set_status(db, account.id, status=AccountStatus.LOCKED, reason="again", now=3)
        assert await store.set_status(db, account.id, status=AccountStatus.ACTIVE, reason=None, now=4)
        assert await store.set_status(db, account.id, status=AccountStatus.CLOSED, reason="left", now=5)
        assert not await store.set_status(db, account.id, status=AccountStatus.ACTIVE, reason=None, now=6)
        assert not await store.change_phone(db, account.id, phone="+420601123456", now=7)


async def test_profile_and_terms_are_kept(database: Database) -> None:
    """The profile is replaced as a whole; an accepted version of the terms carries its time."""
    account = _account(profile={"name": "Lucie", "nickname": "Lu"})
    await _insert(database, account)
    async with database.writing() as db:
        assert await store.change_profile(db, account.id, profile={"name": "Lucie N"}, locale="en", now=2)
        assert await store.accept_terms(db, account.id, version="2026-01", now=3)
    changed = await _get(database, account)
    assert (dict(changed.profile), changed.locale, changed.display_name) == ({"name": "Lucie N"}, "en", "Lucie N")
    assert (changed.terms_version, changed.terms_accepted_at) == ("2026-01", 3)
