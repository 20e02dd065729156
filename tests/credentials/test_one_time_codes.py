"""Codes and links: once, in time, five tries, and only where they belong."""

import asyncio
import itertools
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from idp.credentials import one_time_codes as codes
from idp.credentials.one_time_codes import CodeRefusal, Redeemed
from idp.credentials.table import one_time_codes
from idp.database.sweeping import sweep_batch
from idp.sealing import MasterKeys
from tests.credentials.desk import REQUEST, Desk
from tests.support.clock import MovableClock


def _wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


async def test_a_code_proves_its_target(desk: Desk) -> None:
    """It may be typed with a blank in it, and tells whose address was proven."""
    issued = await desk.issue()
    typed = f" {issued.code[:3]} {issued.code[3:]}"
    assert await desk.redeem(issued.transaction_id, typed) == Redeemed(
        "acc_owner", "lucie@example.com", issued.transaction_id
    )


@pytest.mark.requirement("RC-13")
async def test_a_code_works_once(desk: Desk) -> None:
    """The second time it says that it was used, and so does the link of the same message."""
    issued = await desk.issue()
    assert isinstance(await desk.redeem(issued.transaction_id, issued.code), Redeemed)
    assert await desk.redeem(issued.transaction_id, issued.code) is CodeRefusal.USED
    assert await desk.redeem_link(issued.link_token) is CodeRefusal.USED
    assert await desk.find_link(issued.link_token) is CodeRefusal.USED


@pytest.mark.requirement("RC-13")
@pytest.mark.parametrize("tries", [8, 50])
async def test_parallel_tries_of_the_right_code_have_one_winner(desk: Desk, tries: int) -> None:
    """And no more than five are looked at."""
    issued = await desk.issue()
    results = await asyncio.gather(*(desk.redeem(issued.transaction_id, issued.code) for _ in range(tries)))
    assert sum(isinstance(result, Redeemed) for result in results) == 1
    assert {result for result in results if isinstance(result, CodeRefusal)} <= {CodeRefusal.USED}


@pytest.mark.requirement("RC-13")
@pytest.mark.parametrize("wrong_tries", [4, 5])
async def test_five_tries_and_no_more(desk: Desk, wrong_tries: int) -> None:
    """The right code as the fifth try works; as the sixth it does not, and never will."""
    issued = await desk.issue()
    for _ in range(wrong_tries):
        assert await desk.redeem(issued.transaction_id, _wrong(issued.code)) is CodeRefusal.WRONG
    result = await desk.redeem(issued.transaction_id, issued.code)
    assert isinstance(result, Redeemed) if wrong_tries == 4 else result is CodeRefusal.EXHAUSTED


@pytest.mark.requirement("RC-13")
async def test_parallel_guesses_share_the_five_tries(desk: Desk) -> None:
    """Of fifty at once, five are compared; a resend does not bring new ones."""
    issued = await desk.issue()
    results = await asyncio.gather(*(desk.redeem(issued.transaction_id, _wrong(issued.code)) for _ in range(50)))
    assert results.count(CodeRefusal.WRONG) == 5
    assert results.count(CodeRefusal.EXHAUSTED) == 45
    resent = await desk.issue(replace(REQUEST, transaction_id=issued.transaction_id))
    assert resent.transaction_id == issued.transaction_id
    assert await desk.redeem(issued.transaction_id, resent.code) is CodeRefusal.EXHAUSTED


@pytest.mark.requirement("RC-13")
async def test_a_code_ends_with_its_time(desk: Desk, clock: MovableClock) -> None:
    """The last second works, the next does not."""
    first, second = await desk.issue(), await desk.issue()
    clock.advance(seconds=899)
    assert isinstance(await desk.redeem(first.transaction_id, first.code), Redeemed)
    clock.advance(seconds=1)
    assert await desk.redeem(second.transaction_id, second.code) is CodeRefusal.EXPIRED
    assert await desk.find_link(second.link_token) is CodeRefusal.EXPIRED
    assert await desk.redeem_link(second.link_token) is CodeRefusal.EXPIRED


@pytest.mark.requirement("RC-13")
async def test_older_codes_stay_good_after_a_resend(desk: Desk, clock: MovableClock) -> None:
    """Messages overtake one another: either code works, until its own end, and both are spent by one."""
    first = await desk.issue()
    clock.advance(seconds=600)
    second = await desk.issue(replace(REQUEST, transaction_id=first.transaction_id))
    assert second.transaction_id == first.transaction_id
    assert isinstance(await desk.redeem(first.transaction_id, first.code), Redeemed)
    assert await desk.redeem(first.transaction_id, second.code) is CodeRefusal.USED
    assert await desk.redeem_link(second.link_token) is CodeRefusal.USED


async def test_an_old_code_says_that_it_is_old(desk: Desk, clock: MovableClock) -> None:
    """While a newer one of the transaction still works."""
    first = await desk.issue()
    clock.advance(seconds=600)
    second = await desk.issue(replace(REQUEST, transaction_id=first.transaction_id))
    clock.advance(seconds=301)
    assert await desk.redeem(first.transaction_id, first.code) is CodeRefusal.EXPIRED
    assert await desk.redeem(first.transaction_id, _wrong(second.code)) is CodeRefusal.WRONG
    assert isinstance(await desk.redeem(first.transaction_id, second.code), Redeemed)


@pytest.mark.requirement("RC-14")
async def test_a_code_fits_only_where_it_belongs(desk: Desk) -> None:
    """Six codes in six places: of all 36 pairs only the diagonal redeems."""
    places = list(itertools.product(("verify_email", "verify_phone", "reset_password"), ("device-1", "device-2")))
    for place in range(len(places)):
        issued = [await desk.issue(replace(REQUEST, purpose=p, device_id=d)) for p, d in places]
        if len({one.code for one in issued}) < len(issued):
            continue  # two equal codes would say nothing
        for other, (purpose, device_id) in enumerate(places):
            result = await desk.redeem(
                issued[other].transaction_id, issued[place].code, purpose=purpose, device_id=device_id
            )
            assert isinstance(result, Redeemed) is (other == place)


@pytest.mark.requirement("RC-14")
@pytest.mark.parametrize(
    "foreign", [{"purpose": "verify_phone"}, {"device_id": "device-2"}, {"transaction_id": "other"}]
)
async def test_the_wrong_place_does_not_use_up_the_tries(desk: Desk, foreign: dict[str, str]) -> None:
    """Another purpose, browser or transaction gets "wrong", and the owner keeps all five tries."""
    issued = await desk.issue()
    place = dict(foreign)
    transaction_id = place.pop("transaction_id", issued.transaction_id)
    for _ in range(9):
        assert await desk.redeem(transaction_id, issued.code, **place) is CodeRefusal.WRONG
    assert isinstance(await desk.redeem(issued.transaction_id, issued.code), Redeemed)


@pytest.mark.requirement("RC-14")
@pytest.mark.parametrize(
    "foreign", [{"account_id": "acc_stranger"}, {"account_id": None}, {"device_id": "device-2"}, {"purpose": "other"}]
)
async def test_a_foreign_transaction_is_not_joined(desk: Desk, foreign: dict[str, str | None]) -> None:
    """A resend that names somebody else's transaction begins one of its own."""
    issued = await desk.issue()
    joined = await desk.issue(replace(REQUEST, transaction_id=issued.transaction_id, **foreign))  # type: ignore[arg-type]
    assert joined.transaction_id != issued.transaction_id


@pytest.mark.requirement("RC-14")
async def test_a_code_moved_to_another_account_is_wrong(desk: Desk) -> None:
    """The account is part of what is authenticated: a changed row redeems nothing."""
    issued = await desk.issue()
    async with desk.database.writing() as db:
        await db.execute(update(one_time_codes).values(account_id="acc_stranger"))
    assert await desk.redeem(issued.transaction_id, issued.code) is CodeRefusal.WRONG


async def test_nobodys_code_behaves_alike_and_redeems_nothing(desk: Desk, clock: MovableClock) -> None:
    """Wrong, exhausted and expired as with any other; right is wrong, and its link is nobody's."""
    nobody = replace(REQUEST, account_id=None)
    issued, real = await desk.issue(nobody), await desk.issue()
    assert await desk.redeem(issued.transaction_id, issued.code) is CodeRefusal.WRONG
    assert await desk.redeem_link(issued.link_token) is CodeRefusal.WRONG
    resent = await desk.issue(replace(nobody, transaction_id=issued.transaction_id))
    assert resent.transaction_id == issued.transaction_id
    assert await desk.redeem(real.transaction_id, _wrong(real.code)) is CodeRefusal.WRONG
    for _ in range(6):
        code = _wrong(issued.code)
        assert await desk.redeem(issued.transaction_id, code) == await desk.redeem(
            real.transaction_id, _wrong(real.code)
        )
    late, real_late = await desk.issue(nobody), await desk.issue()
    clock.advance(seconds=900)
    assert await desk.redeem(late.transaction_id, late.code) is CodeRefusal.EXPIRED
    assert await desk.redeem(real_late.transaction_id, real_late.code) is CodeRefusal.EXPIRED


async def test_a_link_works_on_any_device_and_spends_the_code(desk: Desk) -> None:
    """Opening it changes nothing; the click behind it spends the whole transaction."""
    issued = await desk.issue()
    for _ in range(3):
        assert isinstance(await desk.find_link(issued.link_token), Redeemed)
    async with desk.database.reading() as db:
        assert not await codes.is_spent(db, issued.transaction_id)
    assert await desk.redeem_link(issued.link_token) == Redeemed(
        "acc_owner", "lucie@example.com", issued.transaction_id
    )
    assert await desk.redeem(issued.transaction_id, issued.code) is CodeRefusal.USED
    async with desk.database.reading() as db:
        assert await codes.is_spent(db, issued.transaction_id)
        assert not await codes.is_spent(db, "unknown")


@pytest.mark.requirement("RC-14")
@pytest.mark.parametrize("token", ["", "x" * 43, "\x00", "x" * 10_000, "ž"])
async def test_an_unknown_link_is_wrong(desk: Desk, token: str) -> None:
    """Whatever stands in it; and a link fits its own purpose only."""
    issued = await desk.issue()
    assert await desk.redeem_link(token) is CodeRefusal.WRONG
    assert await desk.redeem_link(issued.link_token, "reset_password") is CodeRefusal.WRONG


async def test_parallel_redemptions_by_link_and_code_have_one_winner(desk: Desk) -> None:
    """Four clicks, four typed codes, and a resend in between."""
    issued = await desk.issue()
    resend = replace(REQUEST, transaction_id=issued.transaction_id)
    results = await asyncio.gather(
        *(desk.redeem_link(issued.link_token) for _ in range(4)),
        desk.issue(resend),
        *(desk.redeem(issued.transaction_id, issued.code) for _ in range(4)),
    )
    assert sum(isinstance(result, Redeemed) for result in results) == 1


async def test_a_code_sent_while_the_transaction_ends_is_dead(desk: Desk) -> None:
    """A message that was under way when the transaction was spent opens nothing."""
    issued = await desk.issue()
    late = await desk.issue(replace(REQUEST, transaction_id=issued.transaction_id))
    assert isinstance(await desk.redeem(issued.transaction_id, issued.code), Redeemed)
    async with desk.database.writing() as db:
        await db.execute(update(one_time_codes).where(one_time_codes.c.id == late.id).values(consumed_at=None))
    assert await desk.redeem_link(late.link_token) is CodeRefusal.USED
    assert await desk.redeem(issued.transaction_id, late.code) is CodeRefusal.USED


@pytest.mark.requirement("CF-03")
async def test_codes_cannot_be_found_from_the_database_alone(desk: Desk) -> None:
    """Neither the code nor the link token is stored; another master key computes another MAC."""
    issued = await desk.issue()
    async with desk.database.reading() as db:
        row = (await db.execute(select(one_time_codes))).one()
    assert issued.code.encode() not in row.code_mac
    assert row.link_digest != issued.link_token
    desk.keys = MasterKeys(bytes(32))
    assert await desk.redeem(issued.transaction_id, issued.code) is CodeRefusal.WRONG


async def test_codes_survive_a_change_of_the_master_key(desk: Desk) -> None:
    """The key that made a code is named in front of its MAC."""
    issued = await desk.issue()
    desk.keys = MasterKeys(bytes(32), bytes(range(32)))
    assert isinstance(await desk.redeem(issued.transaction_id, issued.code), Redeemed)


@pytest.mark.requirement("RC-13")
async def test_codes_have_six_random_digits(desk: Desk) -> None:
    """Leading zeros included; links have 256 bits."""
    issued = [await desk.issue() for _ in range(40)]
    assert all(len(one.code) == 6 and one.code.isdecimal() for one in issued)
    assert len({one.code for one in issued}) > 35
    assert all(one.link_token and len(one.link_token) == 43 for one in issued)
    assert (await desk.issue(replace(REQUEST, with_link=False))).link_token is None


async def test_voided_codes_are_expired(desk: Desk) -> None:
    """Those of the account and the purpose, and no others."""
    own, other_purpose = await desk.issue(), await desk.issue(replace(REQUEST, purpose="verify_phone"))
    other_account = await desk.issue(replace(REQUEST, account_id="acc_stranger"))
    async with desk.database.writing() as db:
        await codes.void_codes(db, "acc_owner", "verify_email")
    assert await desk.redeem(own.transaction_id, own.code) is CodeRefusal.EXPIRED
    assert await desk.redeem_link(own.link_token) is CodeRefusal.EXPIRED
    assert isinstance(await desk.redeem(other_account.transaction_id, other_account.code), Redeemed)
    result = await desk.redeem(other_purpose.transaction_id, other_purpose.code, purpose="verify_phone")
    assert isinstance(result, Redeemed)


async def test_the_sweep_keeps_what_is_still_needed(desk: Desk, clock: MovableClock) -> None:
    """In batches; never a code that is live, that a daily cap counts, or that carries a live transaction."""
    for _ in range(5):
        await desk.issue()
    carrier = await desk.issue()
    clock.advance(hours=23, minutes=59)
    resent = await desk.issue(replace(REQUEST, transaction_id=carrier.transaction_id))
    clock.advance(minutes=2)
    async with desk.database.writing() as db:
        first = await sweep_batch(db, codes.SWEEP, clock.now(), limit=3)
        second = await sweep_batch(db, codes.SWEEP, clock.now(), limit=3, place=first.next_place)
        assert first.deleted + second.deleted == 5
        assert (await sweep_batch(db, codes.SWEEP, clock.now(), limit=3)).deleted == 0
        assert await db.scalar(select(func.count()).select_from(one_time_codes)) == 2
    assert isinstance(await desk.redeem(carrier.transaction_id, resent.code), Redeemed)
    clock.advance(hours=25)
    async with desk.database.writing() as db:
        assert (await sweep_batch(db, codes.SWEEP, clock.now(), limit=1000)).deleted == 2
