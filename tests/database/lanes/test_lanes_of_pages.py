"""What the login page and its form read on lanes is what the stores read through SQLAlchemy, on both databases."""

import asyncio

import pytest

from idp.accounts import store as accounts
from idp.accounts.lanes import AccountLane
from idp.credentials import store as credentials
from idp.credentials.lanes import PasswordLane
from idp.database.engine import Database
from idp.devices import store as devices
from idp.devices.lanes import DeviceLane
from idp.throttling.attempts import GUESSES, Allowed, AttemptPolicy, Blocked, reserve, seconds_blocked
from idp.throttling.lanes import AttemptLane
from tests.support.provider import Provider

NAMES = ["lucie@wedos.cz", " LUCIE@wedos.cz", "lucie", "Lucie", "nobody@wedos.cz", "nobody", "", "@", "no name"]


@pytest.mark.parametrize("typed", NAMES)
async def test_an_account_is_found_by_whatever_was_typed(any_provider: Provider, typed: str) -> None:
    """Known, unknown and impossible names; the account has every column."""
    await any_provider.account(login_name="lucie")
    async with any_provider.wiring.database.reading() as db:
        stored = await accounts.find_by_identifier(db, typed)
    assert await AccountLane(any_provider.wiring.database).find_by_identifier(typed) == stored
    assert (stored is None) == (typed.strip().lower() not in {"lucie@wedos.cz", "lucie"})


async def test_an_account_is_as_it_stands_now(any_provider: Provider) -> None:
    """What was found before is found changed; nobody is found for an id that there is not."""
    account = await any_provider.account()
    database, lane = any_provider.wiring.database, AccountLane(any_provider.wiring.database)
    assert await lane.find(account.id) == account
    async with database.writing() as db:
        await accounts.change_profile(
            db, account.id, profile={"name": "Lucie Nová"}, locale="cs", now=account.updated_at
        )
    found = await lane.find(account.id)
    assert found is not None
    assert (found.profile, found.locale) == ({"name": "Lucie Nová"}, "cs")
    assert await lane.find("nobody") is None


async def test_a_password_hash_is_the_current_one(any_provider: Provider) -> None:
    """Also after it was changed; an account without a password has none."""
    account = await any_provider.account()
    lane = PasswordLane(any_provider.wiring.database)
    first = await lane.find_hash(account.id)
    await any_provider.set_password(account.login_email, "another password altogether")
    async with any_provider.wiring.database.reading() as db:
        stored = await credentials.find_password_hash(db, account.id)
    assert stored is not None
    assert await lane.find_hash(account.id) == stored != first
    assert await lane.find_hash("nobody") is None


async def test_a_device_is_known_for_its_own_accounts(any_provider: Provider) -> None:
    """Questions about one device and several accounts at the same time are each answered for their own account."""
    one, two, three = [await any_provider.account(f"{name}@wedos.cz") for name in ("one", "two", "three")]
    async with any_provider.wiring.database.writing() as db:
        for account in (one, two):
            await devices.record_login(db, "device", account.id, "agent", any_provider.clock.now())
    lane = DeviceLane(any_provider.wiring.database)
    asked = [("device", one), ("device", three), ("device", two), ("other", one)]
    found = await asyncio.gather(*(lane.is_known(device_id, account.id) for device_id, account in asked))
    async with any_provider.wiring.database.reading() as db:
        stored = [await devices.is_known(db, device_id, account.id) for device_id, account in asked]
    assert found == stored == [True, False, True, False]


@pytest.mark.parametrize("key", ["password:acc_1", "k" * 200, "strange \u2028"])
async def test_attempts_are_counted_until_their_window_ends(any_provider: Provider, key: str) -> None:
    """What `reserve` has counted is read back, with the wait that it gave; an hour later it is forgotten."""
    database, now = any_provider.wiring.database, any_provider.clock.now()
    lane, policy = AttemptLane(database), AttemptPolicy(free=2)
    assert (await lane.count(key, now), await lane.seconds_blocked(key, now)) == (0, 0)
    for expected in (1, 2):
        async with database.writing() as db:
            await reserve(db, key, policy, now)
        assert await lane.count(key, now) == expected
    async with database.writing() as db:
        blocked, stored = await reserve(db, key, policy, now), await seconds_blocked(db, key, now)
    assert isinstance(blocked, Blocked)
    assert await lane.seconds_blocked(key, now) == stored == blocked.retry_after
    assert (await lane.count(key, now + 3599), await lane.count(key, now + 3600)) == (2, 0)


async def test_a_guess_is_counted_on_a_lane_like_any_other(any_provider: Provider) -> None:
    """The free ones of eight at once, then the wait; both ways count the same row, and each knows of the other's."""
    database, now = any_provider.wiring.database, any_provider.clock.now()
    lane, key = AttemptLane(database), "password:acc_1"
    async with database.writing() as db:
        assert await reserve(db, key, GUESSES, now) == Allowed(1)
    answers = await asyncio.gather(*(lane.reserve_guess(key, now) for _ in range(8)))
    free = GUESSES.free - 1
    assert answers == [*(Allowed(2 + number) for number in range(free)), *[Blocked(GUESSES.first_wait)] * (8 - free)]
    async with database.writing() as db:
        assert await reserve(db, key, GUESSES, now) == Blocked(GUESSES.first_wait)
    assert await lane.reserve_guess(key, now + GUESSES.first_wait) == Allowed(GUESSES.free + 1)


async def test_lanes_of_pages_share_a_connection(database: Database) -> None:
    """Many questions of several lanes at once are all answered, though they take turns."""
    lanes = (AttemptLane(database), DeviceLane(database), PasswordLane(database))
    attempts, known, passwords = lanes
    answers = await asyncio.gather(
        *(
            question
            for number in range(100)
            for question in (
                attempts.count(f"key{number}", 0),
                known.is_known(f"device{number}", "account"),
                passwords.find_hash(f"account{number}"),
            )
        )
    )
    assert answers == [0, False, None] * 100
