"""The phone on file authorises a change: only this phone, only this case, five tries, and no operator sees the code."""

import pytest

from idp.accounts import store as accounts
from idp.administration.refusal import Refused
from idp.credentials.one_time_codes import CodeRefusal
from idp.support.case import Case, CaseKind
from idp.support.evidence import EvidenceItem
from tests.administration.cases.desk import CONTACT, NEW_EMAIL, PHONE, Desk


async def test_a_new_login_email_takes_the_phone_the_documents_of_both_addresses_and_a_colleague(desk: Desk) -> None:
    """Without the code nobody can approve; with it one person alone cannot; every known channel is told."""
    customer = await desk.customer()
    case = await desk.email_case()
    await desk.assign(case, customer)
    with pytest.raises(Refused, match="phone_code"):
        await desk.approve(case, "carl")
    await desk.authorise_by_phone(case)
    with pytest.raises(Refused):
        await desk.approve(case, "ada")
    await desk.approve(case, "carl")
    assert (await desk.account(customer.id)).login_email == NEW_EMAIL


async def test_the_code_goes_to_the_phone_and_nowhere_else(desk: Desk) -> None:
    """The SMS names what it authorises; the case's history, the audit log and the contact hold no code."""
    customer = await desk.customer()
    case = await desk.email_case(customer)
    await desk.send_sms(case)
    code = await desk.sms_code()
    (sms,) = await desk.mails(to=PHONE)
    assert "luke․new at wedos․com" in sms["text"]
    async with desk.provider.wiring.database.reading() as db:
        seen = str(await desk.audit(db)) + str(await desk.entries(db, case)) + str(await desk.mails(to=CONTACT))
    assert code not in seen
    assert await desk.authorise(case, "000000" if code != "000000" else "000001") is CodeRefusal.WRONG
    authorised = await desk.authorise(case, code)
    assert isinstance(authorised, Case)
    assert authorised.phone_authorised_at == desk.provider.clock.now()
    with pytest.raises(Refused, match="authorised this case already"):
        await desk.send_sms(case)


async def test_a_code_fits_its_own_case_only(desk: Desk) -> None:
    """The code of one case is wrong in another one of the same account (RC-14)."""
    customer = await desk.customer()
    first, second = await desk.email_case(customer), await desk.otp_case(customer, documents=False)
    await desk.send_sms(first)
    code = await desk.sms_code()
    assert await desk.authorise(second, code) is CodeRefusal.EXPIRED
    desk.provider.clock.advance(seconds=61)
    await desk.send_sms(second)
    assert await desk.authorise(second, code) is CodeRefusal.WRONG
    assert isinstance(await desk.authorise(first, code), Case)


async def test_five_tries_over_all_messages(desk: Desk) -> None:
    """The right code is refused after five wrong ones, also when a second message has left; then a new SMS begins."""
    case = await desk.email_case(await desk.customer())
    await desk.send_sms(case)
    code = await desk.sms_code()
    wrong = "111111" if code != "111111" else "222222"
    for _ in range(3):
        assert await desk.authorise(case, wrong) is CodeRefusal.WRONG
    desk.provider.clock.advance(seconds=61)
    await desk.send_sms(case)
    for _ in range(2):
        assert await desk.authorise(case, wrong) is CodeRefusal.WRONG
    assert await desk.authorise(case, code) is CodeRefusal.EXPIRED
    desk.provider.clock.advance(seconds=61)
    await desk.send_sms(case)
    assert isinstance(await desk.authorise(case, await desk.sms_code()), Case)


async def test_a_code_is_over_in_time_and_with_its_phone(desk: Desk) -> None:
    """After ten minutes, and once the account has another phone."""
    customer = await desk.customer()
    case = await desk.email_case(customer)
    await desk.send_sms(case)
    code = await desk.sms_code()
    desk.provider.clock.advance(minutes=10)
    assert await desk.authorise(case, code) is CodeRefusal.EXPIRED
    await desk.send_sms(case)
    code, now = await desk.sms_code(), desk.provider.clock.now()
    async with desk.provider.wiring.database.writing() as db:
        await accounts.change_phone(db, customer.id, phone="+420777123456", now=now)
        await accounts.verify_phone(db, customer.id, phone="+420777123456", now=now)
    assert await desk.authorise(case, code) is CodeRefusal.EXPIRED
    with pytest.raises(Refused, match="changed after this case"):
        await desk.send_sms(case)


async def test_a_phone_that_was_never_proven_says_nothing(desk: Desk) -> None:
    """RC-26: no SMS to it; and no phone speaks for a case that takes documents."""
    customer = await desk.customer(phone_verified=False)
    with pytest.raises(Refused, match="no proven phone"):
        await desk.send_sms(await desk.email_case(customer))
    no_channel = await desk.open(CaseKind.NO_CHANNEL_LEFT, customer, topic="otp")
    with pytest.raises(Refused, match="cannot authorise"):
        await desk.send_sms(no_channel)
    assert await desk.mails(to=PHONE) == []


async def test_the_phone_stands_for_the_second_operator_when_otp_goes(desk: Desk) -> None:
    """F9.3: authorised by the account's own phone, one operator turns OTP off at once."""
    case = await desk.otp_case(await desk.customer(), documents=False)
    await desk.authorise_by_phone(case)
    assert (await desk.approve(case, "ada")).status == "done"


async def test_a_phone_that_speaks_late_spares_the_hold(desk: Desk) -> None:
    """Between the two approvals: the second one is then the last."""
    case = await desk.otp_case(await desk.customer())
    await desk.approve(case, "ada")
    await desk.authorise_by_phone(case)
    assert (await desk.approve(case, "carl")).status == "done"
    assert EvidenceItem.PHONE_CODE in await desk.evidence(case)
