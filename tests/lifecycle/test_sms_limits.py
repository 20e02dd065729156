"""SMS cost money: whoever asks for many, from however many accounts, networks and for whatever numbers, gets few."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from idp.accounts.account import Account, new_account_id
from idp.accounts.store import insert as insert_account
from idp.audit.record import Origin
from idp.audit.store import list_events
from idp.credentials.one_time_codes import CodeRequest, IssuedCode
from idp.database.engine import Database
from idp.lifecycle.code_messages import NotSent, NotSentReason, send_code
from idp.lifecycle.sms_limits import SmsLimits
from idp.messaging.outbox import Message
from idp.messaging.table import outbox
from idp.sealing import MasterKeys
from tests.support.clock import MovableClock

PHONE = "+420601123456"
WIDE = SmsLimits(address_budget=10_000, country_budget=10_000, budget=10_000)


class Exchange:
    """Asks for codes by SMS, each time as somebody else unless it is told who."""

    def __init__(self, database: Database, keys: MasterKeys, clock: MovableClock) -> None:
        self._database, self._keys, self._clock = database, keys, clock
        self._accounts: list[str] = []
        self._asked = 0

    async def account(self) -> str:
        number, now = len(self._accounts), self._clock.now()
        account = Account(new_account_id(), f"person{number}@example.com", locale="en", created_at=now, updated_at=now)
        async with self._database.writing() as db:
            await insert_account(db, account)
        self._accounts.append(account.id)
        return account.id

    async def ask(self, limits: SmsLimits = WIDE, **who: Any) -> IssuedCode | NotSent:
        self._asked += 1
        phone = who.get("phone", f"+42060{self._asked:07}")
        address = who.get("address", f"192.0.{self._asked // 250}.{self._asked % 250}")
        request = CodeRequest("verify_phone", who.get("account_id"), "device", phone, lifetime=600)
        origin = Origin(address, None, None, None, who.get("actor", "anonymous"), self._clock.now())

        def write(issued: IssuedCode) -> Message:
            return Message("sms", "verify_phone", request.account_id, phone, "en", {"code": issued.code})

        async with self._database.writing() as db:
            return await send_code(db, self._keys, request, write, sms=limits, origin=origin)

    async def left(self) -> int:
        """How many SMS there are to send."""
        async with self._database.reading() as db:
            return await db.scalar(select(func.count()).select_from(outbox)) or 0


@pytest.fixture
def exchange(database: Database, master_keys: MasterKeys, clock: MovableClock) -> Exchange:
    return Exchange(database, master_keys, clock)


def reason(answer: IssuedCode | NotSent) -> NotSentReason | None:
    return answer.reason if isinstance(answer, NotSent) else None


@pytest.mark.requirement("RC-16")
async def test_a_thousand_requests_send_no_more_than_the_budget(exchange: Exchange) -> None:
    """Numbers of four countries and two hundred blocks, a network each, twenty at a time: 60 SMS, then none."""
    limits = replace(WIDE, budget=60)
    prefixes = ("+420601", "+421905", "+4915123", "+3580401")
    numbers = [f"{prefixes[n % 4]}{n % 200:03}{n:04}" for n in range(1000)]
    answers = []
    for start in range(0, 1000, 20):
        batch = numbers[start : start + 20]
        answers += await asyncio.gather(*(exchange.ask(limits, phone=phone) for phone in batch))
    assert await exchange.left() == 60
    assert [reason(answer) for answer in answers].count(NotSentReason.BUDGET) == 940


@pytest.mark.requirement("RC-16")
async def test_the_last_sms_of_the_budget_has_one_winner(exchange: Exchange) -> None:
    """Twenty at once ask for the one that is left."""
    limits = replace(WIDE, budget=1)
    answers = await asyncio.gather(*(exchange.ask(limits) for _ in range(20)))
    assert [reason(answer) for answer in answers].count(None) == 1
    assert await exchange.left() == 1


@pytest.mark.requirement("RC-16")
@pytest.mark.parametrize(
    ("limits", "same", "allowed", "expected"),
    [
        (WIDE, "phone", 5, NotSentReason.TARGET),
        (WIDE, "account_id", 15, NotSentReason.TOO_MANY),
        (replace(WIDE, address_budget=3), "address", 3, NotSentReason.TOO_MANY),
        (WIDE, "block", 30, NotSentReason.BUDGET),
        (replace(WIDE, country_budget=4), "country", 4, NotSentReason.BUDGET),
        (replace(WIDE, budget=2), "nothing", 2, NotSentReason.BUDGET),
    ],
)
async def test_each_limit_holds_by_itself(
    exchange: Exchange, clock: MovableClock, limits: SmsLimits, same: str, allowed: int, expected: NotSentReason
) -> None:
    """Number, account, network, block, country, installation: one too many is refused, a later one leaves."""
    fixed = {"phone": PHONE, "account_id": await exchange.account(), "address": "2001:db8::1"}

    def who(number: int) -> dict[str, Any]:
        match same:
            case "block":
                return {"phone": f"+42060112{number:04}"}
            case "country":
                return {"phone": f"+421905{number:06}"}
            case "nothing":
                return {"phone": f"{('+420601', '+421905')[number % 2]}{number:06}"}
            case _:
                return {same: fixed[same]}

    answers = [reason(await exchange.ask(limits, **who(number))) for number in range(allowed + 1)]
    assert answers == [None] * allowed + [expected]
    assert await exchange.left() == allowed
    clock.advance(days=1)
    assert reason(await exchange.ask(limits, **who(allowed + 1))) is None


@pytest.mark.requirement("RC-16")
async def test_the_limits_of_the_address_are_those_of_its_network(exchange: Exchange) -> None:
    """One host commands a whole /64; an operator's address is not counted."""
    limits = replace(WIDE, address_budget=1)
    assert reason(await exchange.ask(limits, address="2001:db8:0:1::1")) is None
    assert reason(await exchange.ask(limits, address="2001:db8:0:1:ffff::2")) is NotSentReason.TOO_MANY
    assert reason(await exchange.ask(limits, address="2001:db8:0:1::1", actor="acc_desk")) is None


@pytest.mark.requirement("RC-16")
async def test_only_the_countries_that_are_served_get_sms(exchange: Exchange) -> None:
    """Canada is not the United States, a satellite is no country, and a refused SMS uses nothing up."""
    limits = replace(WIDE, countries=frozenset({"CZ", "US"}), budget=2)
    for phone in ("+16135550123", "+421905123456", "+881612345678"):
        assert reason(await exchange.ask(limits, phone=phone)) is NotSentReason.COUNTRY
    assert reason(await exchange.ask(limits, phone=PHONE)) is None
    assert reason(await exchange.ask(limits, phone="+12015550123")) is None


async def test_a_refusal_is_on_record(exchange: Exchange, database: Database) -> None:
    """Which counter was used up, for the operator; nothing was counted for the refused one."""
    limits = replace(WIDE, budget=1, address_budget=2)
    for _ in range(4):
        await exchange.ask(limits, address="192.0.2.7")
    async with database.reading() as db:
        refused = [event for event in await list_events(db) if event.event == "throttled"]
    assert [event.details["counter"] for event in refused] == ["sms:all"] * 3
