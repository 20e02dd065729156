"""Decisions about one case at the same time, at two nodes, on SQLite and on PostgreSQL: one of them counts."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Sequence

import pytest

from idp.accounts.account import Role
from idp.administration.refusal import Refused
from idp.credentials.one_time_codes import CodeRefusal
from idp.support.case import Case, CaseKind
from tests.administration.cases.desk import NEW_EMAIL, PHONE, Desk
from tests.concurrency.conftest import Nodes

_TWENTY = 20
_ROUNDS = 3


@pytest.fixture
async def desks(nodes: Nodes) -> list[Desk]:
    """The same desk at both nodes: twenty approvers and one of support."""
    first = Desk(nodes[0].provider)
    await first.hire("ada", Role.SUPPORT)
    for number in range(_TWENTY):
        await first.hire(f"approver{number}", Role.APPROVER)
    return [first, *(Desk(node.provider, first.operators) for node in nodes[1:])]


async def outcomes(tries: Sequence[Awaitable[object]]) -> Counter[str]:
    """The status that each try ended in, or `refused`."""
    ended = await asyncio.gather(*tries, return_exceptions=True)
    for each in ended:
        if isinstance(each, BaseException) and not isinstance(each, Refused):
            raise each
    return Counter(each.status.value if isinstance(each, Case) else "refused" for each in ended)


async def test_of_twenty_first_approvals_one_is_the_first(desks: list[Desk]) -> None:
    """One is the first, one the second, and the hold begins once; the owner is told of each of them once."""
    case = await desks[0].otp_case(await desks[0].customer())
    tries = [desks[n % 2].approve(case, f"approver{n}") for n in range(_TWENTY)]
    assert await outcomes(tries) == {"needs_second": 1, "holding": 1, "refused": _TWENTY - 2}
    now = await desks[0].now(case)
    assert now.first_approver != now.second_approver
    assert len([each for each in await desks[0].mails(to=PHONE) if "/object?t=" in each["text"]]) == 2


async def test_of_twenty_last_approvals_one_has_its_effect(desks: list[Desk]) -> None:
    """The address changes once, and so often the owner hears of it."""
    case = await desks[0].email_case(await desks[0].customer())
    await desks[0].authorise_by_phone(case)
    tries = [desks[n % 2].approve(case, f"approver{n}") for n in range(_TWENTY)]
    assert await outcomes(tries) == {"done": 1, "refused": _TWENTY - 1}
    assert len(await desks[0].mails(to=NEW_EMAIL)) == 1
    assert [action for _, action in await desks[0].history(case)].count("done") == 1


async def test_the_same_person_twenty_times_is_one_person(desks: list[Desk]) -> None:
    """However the requests fall, one approver alone never brings a case to its hold."""
    case = await desks[0].otp_case(await desks[0].customer())
    tries = [desks[n % 2].approve(case, "approver0") for n in range(_TWENTY)]
    assert await outcomes(tries) == {"needs_second": 1, "refused": _TWENTY - 1}


async def test_an_objection_beside_approvals_and_the_end_of_the_hold(desks: list[Desk]) -> None:
    """Either the objection was first and nothing happens any more, or the case was done and it is refused."""
    for number in range(_ROUNDS):
        customer = await desks[0].provider.account(f"c{number}@wedos.com", otp=True, phone=None)
        case = await desks[0].otp_case(customer)
        await desks[0].approve(case, "approver1")
        await desks[1].approve(case, "approver2")
        desks[0].provider.clock.advance(hours=72)
        objection, done = await asyncio.gather(
            outcomes([desks[1].object(case)]), asyncio.gather(*(desk.carry_out_held() for desk in desks * 4))
        )
        now = await desks[0].now(case)
        history = [action for _, action in await desks[0].history(case)]
        if now.status == "objected":
            assert objection == {"objected": 1}
            assert (done, history.count("done")) == ([0] * 8, 0)
        else:
            assert objection == {"refused": 1}
            assert (now.status, sum(done), history.count("done")) == ("done", 1, 1)


async def test_a_hold_is_carried_out_once_by_many_processes(desks: list[Desk]) -> None:
    """Eight at once: one does it, and one mail says so."""
    case = await desks[0].otp_case(await desks[0].customer())
    await desks[0].approve(case, "approver1")
    await desks[0].approve(case, "approver2")
    desks[0].provider.clock.advance(hours=72)
    assert sorted(await asyncio.gather(*(desk.carry_out_held() for desk in desks * 4))) == [0] * 7 + [1]
    assert len([each for each in await desks[0].mails(to=PHONE) if "is off" in each["text"]]) == 1


async def test_the_phone_authorises_once(desks: list[Desk]) -> None:
    """Twenty times the right code: one authorises, the others are told that it was used or is over."""
    case = await desks[0].email_case(await desks[0].customer())
    await desks[0].send_sms(case)
    code = await desks[0].sms_code()
    ended = await asyncio.gather(*(desks[n % 2].authorise(case, code) for n in range(_TWENTY)))
    assert sum(isinstance(each, Case) for each in ended) == 1
    assert {each for each in ended if not isinstance(each, Case)} <= {CodeRefusal.USED, CodeRefusal.EXPIRED}


async def test_an_account_given_beside_an_approval_is_the_one_that_was_approved(desks: list[Desk]) -> None:
    """Nobody approves one account and has another one changed."""
    first = await desks[0].customer()
    second = await desks[0].provider.account("second@wedos.com", otp=True, phone=None)
    case = await desks[0].otp_case(first)
    tries = [desks[0].approve(case, "approver1"), desks[1].assign(case, second, "ada")]
    assert (await outcomes(tries))["refused"] <= 1
    now = await desks[0].now(case)
    announced = [each["to"] for each in await desks[0].mails() if "/object?t=" in each["text"] and "@" in each["to"]]
    if now.status == "needs_second":
        approved = await desks[0].account(now.account_id or "")
        assert announced == [approved.login_email]
    assert now.kind is CaseKind.OTP_DEACTIVATION
