"""Each kind of case from its opening to its effect, with everything that its people hear of it."""

import pytest

from idp.administration.refusal import Refused
from idp.credentials import store as credentials
from idp.credentials.otp import code_now
from idp.grants.table import grants
from idp.support.case import CaseKind
from idp.support.evidence import EvidenceItem
from tests.administration.cases.desk import CONTACT, LOGIN_EMAIL, NEW_EMAIL, PHONE, Desk
from tests.interaction.prompts.test_enroll_otp import key_on
from tests.support.browser import Browser
from tests.support.provider import PASSWORD
from tests.support.queries import count_rows
from tests.support.relying_party import RelyingParty


async def test_the_hint_goes_to_the_contact_and_never_the_address(desk: Desk) -> None:
    """F7.2: found by its service, answered with `lu**@we***.c**`; approving it closes the case."""
    customer = await desk.customer()
    await desk.report_service(customer)
    case = await desk.open(CaseKind.EMAIL_HINT, service="Example.COM")
    (hit,) = (await desk.search("example.com")).accounts
    await desk.assign(case, await desk.account(hit.account_id))
    await desk.hint(case)
    done = await desk.approve(case, "ada")
    mails = await desk.mails(to=CONTACT)
    assert done.status == "done"
    assert len(mails) == 2
    assert "lu**@we***.c**" in mails[0]["text"] + mails[1]["text"]
    assert case.number in mails[1]["text"]
    assert LOGIN_EMAIL not in str(mails)
    assert [action for _, action in await desk.history(case)] == ["opened", "assigned", "hint_sent", "approved", "done"]


async def test_otp_goes_with_documents_two_operators_and_the_hold(desk: Desk) -> None:
    """F9.3: two persons, the owner told on every channel each time, 72 hours, then OTP, sessions, grants are gone."""
    customer = await desk.customer()
    provider = desk.provider
    rp = RelyingParty(provider, await provider.client())
    async with Browser(provider.app) as browser:
        await rp.tokens(browser, LOGIN_EMAIL, otp=True)
    case = await desk.otp_case(customer)
    assert (await desk.approve(case, "ada")).status == "needs_second"
    held = await desk.approve(case, "carl")
    assert (held.status, held.hold_until) == ("holding", provider.clock.now() + 72 * 3600)
    told = await desk.mails()
    announced = sorted(each["to"] for each in told if "/object?t=" in each["text"])
    assert announced == [PHONE, PHONE, LOGIN_EMAIL, LOGIN_EMAIL]
    assert await desk.carry_out_held() == 0
    provider.clock.advance(hours=72)
    assert await desk.carry_out_held() == 1
    assert (await desk.now(case)).status == "done"
    async with provider.wiring.database.reading() as db:
        assert not await credentials.has_active_otp(db, customer.id)
    assert await count_rows(provider.wiring.database, grants, grants.c.state == "active") == 0
    assert len([each for each in await desk.mails(to=PHONE) if "is off" in each["text"]]) == 1


async def test_the_login_email_changes_with_the_phone_and_a_second_operator(desk: Desk) -> None:
    """F7.3: the code that the phone got names the new address; a colleague confirms; old, new and phone are told."""
    customer = await desk.customer()
    case = await desk.email_case()
    await desk.assign(case, customer)
    await desk.authorise_by_phone(case)
    done = await desk.approve(case, "carl")
    changed = await desk.account(customer.id)
    assert (done.status, changed.login_email, changed.email_is_verified) == ("done", NEW_EMAIL, True)
    told = [each["to"] for each in await desk.mails() if "login email" in each["text"].lower()]
    assert {LOGIN_EMAIL, NEW_EMAIL, PHONE} <= set(told)


@pytest.mark.requirement("AD-23")
async def test_without_any_channel_it_takes_documents_two_operators_and_the_hold(desk: Desk) -> None:
    """F9.1: also where the phone could speak; no step can be left out, and every channel is told before the effect."""
    customer = await desk.customer()
    case = await desk.open(CaseKind.NO_CHANNEL_LEFT, customer, topic="email", new_email=NEW_EMAIL)
    with pytest.raises(Refused, match="signed_documents"):
        await desk.approve(case, "bob")
    await desk.receive(case, EvidenceItem.SIGNED_DOCUMENTS)
    await desk.approve(case, "bob")
    assert {each["to"] for each in await desk.mails() if "/object?t=" in each["text"]} == {LOGIN_EMAIL, PHONE}
    desk.provider.clock.advance(days=10)
    assert await desk.carry_out_held() == 0
    await desk.approve(case, "carl")
    desk.provider.clock.advance(hours=71, minutes=59)
    assert await desk.carry_out_held() == 0
    assert (await desk.account(customer.id)).login_email == LOGIN_EMAIL
    desk.provider.clock.advance(minutes=1)
    assert await desk.carry_out_held() == 1
    assert (await desk.account(customer.id)).login_email == NEW_EMAIL


@pytest.mark.requirement("MF-19", "MF-20")
async def test_an_account_that_lost_otp_to_support_sets_it_up_again(desk: Desk) -> None:
    """No code for an application before OTP is there again, by no way around; declining is an error, not a login."""
    customer = await desk.customer()
    case = await desk.otp_case(customer, documents=False)
    await desk.authorise_by_phone(case)
    await desk.approve(case, "ada")
    provider = desk.provider
    rp, other = [RelyingParty(provider, await provider.client(name)) for name in ("shop", "other")]
    async with Browser(provider.app) as browser:
        page = await rp.sign_in(browser, LOGIN_EMAIL)
        assert page.path == "/login/otp/setup"
        for request in (rp.authorization_url(), other.authorization_url(), other.authorization_url(prompt="login")):
            assert "code" not in (await browser.open(request)).query
        silent = await browser.open(rp.authorization_url(prompt="none"))
        assert silent.query["error"] == "interaction_required"
        await browser.open(rp.authorization_url())
        declined = await browser.submit(button="otp-decline")
        assert declined.query["error"] == "unmet_authentication_requirements"
        assert (await desk.account(customer.id)).otp_demanded_at == provider.clock.now()
        await browser.open(rp.authorization_url())
        page = await browser.submit(button="set-otp")
        code = code_now(key_on(page), provider.clock.now())
        await browser.submit(password=PASSWORD, code=code)
        page = await browser.submit(button="codes-saved")
        assert "code" in page.query
    assert (await desk.account(customer.id)).otp_demanded_at is None
    assert {"otp_disabled", "case_done"} <= set(await provider.events(account_id=customer.id))
