"""How often a code may be sent again, and to whom."""

import asyncio
from dataclasses import replace

import pytest

from idp.credentials import one_time_codes as codes
from tests.credentials.desk import REQUEST, Desk
from tests.support.clock import MovableClock


@pytest.mark.requirement("RC-15")
async def test_a_resend_waits_a_minute(desk: Desk, clock: MovableClock) -> None:
    """Counted from the newest code, with the seconds left."""
    issued = await desk.issue()
    assert await desk.seconds_until_resend(issued.transaction_id) == 60
    clock.advance(seconds=59)
    assert await desk.seconds_until_resend(issued.transaction_id) == 1
    clock.advance(seconds=1)
    assert await desk.seconds_until_resend(issued.transaction_id) == 0
    await desk.issue(replace(REQUEST, transaction_id=issued.transaction_id))
    assert await desk.seconds_until_resend(issued.transaction_id) == 60
    assert await desk.seconds_until_resend("unknown") == 0


@pytest.mark.requirement("RC-15")
async def test_parallel_resends_send_one(desk: Desk, clock: MovableClock) -> None:
    """Eight clicks on "Resend" at once: one message."""
    issued = await desk.issue()
    clock.advance(seconds=60)

    async def resend() -> bool:
        async with desk.database.writing() as db:
            if await codes.seconds_until_resend(db, issued.transaction_id, clock.now()):
                return False
            request = replace(REQUEST, transaction_id=issued.transaction_id)
            await codes.issue_code(db, desk.keys, request, clock.now())
            return True

    assert sum(await asyncio.gather(*(resend() for _ in range(8)))) == 1


@pytest.mark.requirement("RC-15")
async def test_a_target_gets_five_an_hour_and_ten_a_day(desk: Desk, clock: MovableClock) -> None:
    """Whoever asks, account or none; other targets are not affected."""
    for hour in range(2):
        for number in range(5):
            assert await desk.can_send()
            await desk.issue(replace(REQUEST, account_id=None if number % 2 else "acc_owner"))
        assert not await desk.can_send()
        clock.advance(minutes=60)
        assert await desk.can_send() is (hour == 0)
    assert await desk.can_send("other@example.com")
    clock.advance(hours=23)
    assert await desk.can_send()


async def test_parallel_requests_stay_under_the_cap(desk: Desk, clock: MovableClock) -> None:
    """Thirty at once for one number: five messages."""

    async def send() -> bool:
        async with desk.database.writing() as db:
            if not await codes.can_send(db, "+420601123456", clock.now()):
                return False
            await codes.issue_code(db, desk.keys, replace(REQUEST, target="+420601123456"), clock.now())
            return True

    assert sum(await asyncio.gather(*(send() for _ in range(30)))) == 5
