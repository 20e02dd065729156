"""Links and long codes of password recoveries: strong, bound, and of no use for any other purpose."""

import itertools
from dataclasses import replace

import pytest
from sqlalchemy import update

from idp.accounts.table import accounts
from idp.credentials import one_time_codes as codes
from idp.credentials import reset_links
from idp.credentials.one_time_codes import CodeRefusal, CodeRequest, IssuedCode, Redeemed, long_code_of
from idp.credentials.reset_links import RESET_PASSWORD, OpenReset
from tests.credentials.desk import Desk
from tests.support.clock import MovableClock

OWNER = "acc_owner@example.com"
RESET = CodeRequest(
    purpose=RESET_PASSWORD,
    account_id="acc_owner",
    device_id="device-1",
    target=OWNER,
    lifetime=1800,
    with_link=True,
    is_long=True,
    user_agent="Firefox",
)
PURPOSES = (RESET_PASSWORD, "verify_email", "verify_phone")


@pytest.fixture(autouse=True)
async def _proven(desk: Desk) -> None:
    async with desk.database.writing() as db:
        await db.execute(update(accounts).values(email_verified_at=1))


async def find(desk: Desk, issued: IssuedCode) -> OpenReset | CodeRefusal:
    async with desk.database.reading() as db:
        return await reset_links.find_by_link(db, issued.link_token or "", desk.clock.now())


async def prove(desk: Desk, issued: IssuedCode, code: str, device_id: str = "device-1") -> CodeRefusal | None:
    async with desk.database.writing() as db:
        return await reset_links.prove_code(
            db,
            desk.keys,
            transaction_id=issued.transaction_id,
            device_id=device_id,
            code=code,
            now=desk.clock.now(),
        )


async def find_typed(desk: Desk, issued: IssuedCode, device_id: str = "device-1") -> OpenReset | CodeRefusal:
    async with desk.database.reading() as db:
        return await reset_links.find_by_code(db, issued.transaction_id, device_id, desk.clock.now())


async def consume(desk: Desk, reset: OpenReset) -> bool:
    async with desk.database.writing() as db:
        return await reset_links.consume_reset(db, reset, desk.clock.now())


async def opened(desk: Desk, issued: IssuedCode) -> OpenReset:
    found = await find(desk, issued)
    assert isinstance(found, OpenReset)
    return found


@pytest.mark.requirement("RC-13", "RC-03")
async def test_codes_have_forty_bits_and_links_256(desk: Desk) -> None:
    """Eight of 32 letters, none of which looks like another; neither is stored."""
    issued = [await desk.issue(RESET) for _ in range(40)]
    letters = set("".join(one.code for one in issued))
    assert all(len(one.code) == 8 for one in issued)
    assert len({one.code for one in issued}) == 40
    assert not letters & set("OILU")
    assert len(codes._LETTERS) == 32
    assert all(one.link_token and len(one.link_token) == 43 for one in issued)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("ABCD-EFGH", "ABCDEFGH"),
        (" abcd efgh\n", "ABCDEFGH"),
        ("oOiIlL00", "00111100"),
        ("ÁBCDEFGH", "BCDEFGH"),
        ("", ""),
        ("x" * 9000, "X" * 64),
    ],
)
async def test_long_codes_are_read_as_people_write_them(typed: str, read: str) -> None:
    """Case, blanks, dashes and look-alikes do not matter; what is no letter of a code is dropped."""
    assert long_code_of(typed) == read


@pytest.mark.requirement("RC-14")
@pytest.mark.parametrize(("made", "used"), [*itertools.permutations(PURPOSES, 2)])
async def test_a_link_or_code_fits_its_own_purpose_only(desk: Desk, made: str, used: str) -> None:
    """Of every pair of purposes neither opens the other; its own it still does afterwards."""
    issued = await desk.issue(replace(RESET, purpose=made, is_long=made == RESET_PASSWORD))
    if used == RESET_PASSWORD:
        assert await find(desk, issued) is CodeRefusal.WRONG
        assert await prove(desk, issued, issued.code) is CodeRefusal.WRONG
        assert await find_typed(desk, issued) is CodeRefusal.WRONG
    else:
        assert await desk.redeem_link(issued.link_token, used) is CodeRefusal.WRONG
        assert await desk.redeem(issued.transaction_id, issued.code, purpose=used) is CodeRefusal.WRONG
    if made == RESET_PASSWORD:
        assert isinstance(await find(desk, issued), OpenReset)
    else:
        assert isinstance(await desk.redeem_link(issued.link_token, made), Redeemed)


@pytest.mark.requirement("RC-03", "RC-14")
@pytest.mark.parametrize(
    "change",
    [
        {"account_id": "acc_stranger"},
        {"device_id": "device-2"},
        {"transaction_id": "another"},
        {"link_digest": "x" * 43},
        {"link_digest": None},
    ],
)
async def test_only_all_of_it_together_sets_a_password(desk: Desk, change: dict[str, str | None]) -> None:
    """Account, device, transaction, and link or typed code: the statement tests every one, and spends nothing else."""
    reset = await opened(desk, await desk.issue(RESET))
    assert not await consume(desk, replace(reset, **change))  # type: ignore[arg-type]
    assert await consume(desk, reset)


@pytest.mark.parametrize(
    "change",
    [{"status": "locked"}, {"status": "closed"}, {"login_email": "new@example.com"}, {"email_verified_at": None}],
)
async def test_an_account_that_changed_meanwhile_is_not_recovered(desk: Desk, change: dict[str, str | None]) -> None:
    """Locked, closed, with another address or an unproven one: the link is old, and the statement refuses."""
    issued = await desk.issue(RESET)
    reset = await opened(desk, issued)
    async with desk.database.writing() as db:
        await db.execute(update(accounts).where(accounts.c.id == "acc_owner").values(**change))
    assert await find(desk, issued) is CodeRefusal.EXPIRED
    assert not await consume(desk, reset)


@pytest.mark.requirement("RC-03")
async def test_it_is_spent_once_with_everything_of_its_transaction(desk: Desk, clock: MovableClock) -> None:
    """The link, its code, and those of a resend; each then says that it was used."""
    first = await desk.issue(RESET)
    clock.advance(minutes=1)
    second = await desk.issue(replace(RESET, transaction_id=first.transaction_id))
    assert second.transaction_id == first.transaction_id
    assert await prove(desk, first, second.code) is None
    typed = await find_typed(desk, first)
    assert isinstance(typed, OpenReset)
    assert await consume(desk, await opened(desk, first))
    assert not await consume(desk, typed)
    assert not await consume(desk, replace(typed, link_digest=None))
    for issued in (first, second):
        assert await find(desk, issued) is CodeRefusal.USED
    assert await find_typed(desk, first) is CodeRefusal.USED
    assert await prove(desk, first, first.code) is CodeRefusal.USED


@pytest.mark.requirement("RC-03")
async def test_each_message_ends_with_its_own_time(desk: Desk, clock: MovableClock) -> None:
    """After a resend the older link ends half an hour after it was made, and the form of its typed code with it."""
    first = await desk.issue(RESET)
    assert await prove(desk, first, first.code) is None
    clock.advance(minutes=10)
    second = await desk.issue(replace(RESET, transaction_id=first.transaction_id))
    old, typed = await opened(desk, first), await find_typed(desk, first)
    assert isinstance(typed, OpenReset)
    clock.advance(minutes=20)
    assert await find(desk, first) is CodeRefusal.EXPIRED
    assert await find_typed(desk, first) is CodeRefusal.EXPIRED
    assert not await consume(desk, old)
    assert not await consume(desk, typed)
    assert await consume(desk, await opened(desk, second))


@pytest.mark.requirement("RC-10")
async def test_what_is_voided_stays_void(desk: Desk) -> None:
    """Link, typed code and an already opened form; a resend does not wake it up, but begins anew."""
    first = await desk.issue(RESET)
    assert await prove(desk, first, first.code) is None
    reset, typed = await opened(desk, first), await find_typed(desk, first)
    assert isinstance(typed, OpenReset)
    newer = await desk.issue(RESET)
    async with desk.database.writing() as db:
        await codes.void_codes(db, "acc_owner", RESET_PASSWORD, spare=newer.transaction_id)
    assert await find(desk, first) is CodeRefusal.EXPIRED
    assert await find_typed(desk, first) is CodeRefusal.EXPIRED
    assert not await consume(desk, reset)
    assert not await consume(desk, typed)
    resent = await desk.issue(replace(RESET, transaction_id=first.transaction_id))
    assert resent.transaction_id != first.transaction_id
    assert await consume(desk, await opened(desk, newer))


@pytest.mark.requirement("RC-14")
async def test_a_code_is_typed_in_the_browser_that_asked(desk: Desk) -> None:
    """Another device gets `wrong` without a try being counted, and sees nothing of what is proven here."""
    issued = await desk.issue(RESET)
    for _ in range(9):
        assert await prove(desk, issued, issued.code, "device-2") is CodeRefusal.WRONG
    assert await prove(desk, issued, issued.code) is None
    assert await find_typed(desk, issued, "device-2") is CodeRefusal.WRONG
    assert isinstance(await find_typed(desk, issued), OpenReset)


async def test_nobodys_recovery_opens_nothing(desk: Desk) -> None:
    """The code of an unknown name is wrong even when it is right, and its link leads nowhere."""
    issued = await desk.issue(replace(RESET, account_id=None))
    assert await prove(desk, issued, issued.code) is CodeRefusal.WRONG
    assert await find(desk, issued) is CodeRefusal.WRONG
    assert await find_typed(desk, issued) is CodeRefusal.WRONG


async def test_mails_are_counted_by_address_and_hour(desk: Desk, clock: MovableClock) -> None:
    """Three in any sixty minutes and ten a day; messages of other purposes do not count, nor do those not sent."""

    async def may_mail() -> bool:
        async with desk.database.writing() as db:
            return await reset_links.may_mail(db, OWNER, clock.now())

    await desk.issue(replace(RESET, purpose="verify_email"))
    for _ in range(3):
        assert await may_mail()
        await desk.issue(replace(RESET, target=""))
        await desk.issue(RESET)
        clock.advance(minutes=10)
    assert not await may_mail()
    clock.advance(minutes=29)
    assert not await may_mail()
    clock.advance(minutes=1)
    assert await may_mail()
    for _ in range(7):
        await desk.issue(RESET)
        clock.advance(hours=1)
    assert not await may_mail()
    clock.advance(hours=24)
    assert await may_mail()
