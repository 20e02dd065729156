"""Who gets to the desk at all, and what is asked of them before something dangerous."""

import pytest

from idp.accounts.account import Role
from idp.administration.accounts import get_account, set_roles
from idp.credentials.otp import code_now
from idp.support.case import CaseKind
from tests.support.browser import Browser
from tests.support.desk import open_request, operator
from tests.support.provider import OTP_KEY, PASSWORD, Provider


async def test_login_leads_back_to_the_page_that_was_wanted(provider: Provider, browser: Browser) -> None:
    """A bookmarked page of the desk asks for password and OTP, and is then shown."""
    await provider.account("olga@desk.cz", otp=True, roles=(Role.SUPPORT,))
    page = await browser.open("/desk/search")
    assert page.path == "/login"
    page = await browser.submit(username="olga@desk.cz", password=PASSWORD)
    assert page.path == "/login/otp"
    page = await browser.submit(code=code_now(OTP_KEY, provider.clock.now()))
    assert page.path == "/desk/search"


@pytest.mark.requirement("MF-18")
async def test_operator_without_otp_sees_only_the_enrolment(provider: Provider, browser: Browser) -> None:
    """Every page that wants a login leads to the set-up, which cannot be declined, until OTP is on."""
    await provider.account("olga@desk.cz", roles=(Role.SUPPORT,))
    await browser.open("/desk")
    page = await browser.submit(username="olga@desk.cz", password=PASSWORD)
    assert page.path == "/login/otp/setup"
    assert "otp-decline" not in page.text
    for path in ("/", "/desk", "/desk/search", "/account/security", "/account/security/otp", "/login"):
        assert (await browser.open(path)).path == "/login/otp/setup", path


@pytest.mark.requirement("MF-18")
async def test_operator_cannot_drop_otp(provider: Provider, olga: Browser) -> None:
    """Neither by the page nor by its form, even with the right password and code."""
    page = await olga.open("/account/security/otp/disable")
    assert page.shows("An operator cannot do without OTP.")
    csrf = (await olga.open("/desk/search")).forms[0].fields["csrf"]
    provider.clock.advance(seconds=30)
    code = code_now(OTP_KEY, provider.clock.now())
    body = {"csrf": csrf, "password": PASSWORD, "code": code}
    page = await olga.post("/account/security/otp/disable", body)
    assert page.shows("An operator cannot do without OTP.")
    assert "otp_disabled" not in await provider.events()
    assert (await olga.open("/desk")).path == "/desk"


@pytest.mark.requirement("MF-18")
async def test_operator_cannot_lose_otp_alone(provider: Provider, browser: Browser) -> None:
    """The OTP page offers no way around the device, and the address of that way does nothing."""
    await provider.account("olga@desk.cz", otp=True, roles=(Role.SUPPORT,))
    await browser.open("/desk")
    page = await browser.submit(username="olga@desk.cz", password=PASSWORD)
    assert 'id="lost-otp"' not in page.text
    csrf = page.forms[0].fields["csrf"]
    page = await browser.post(f"/lost-otp/sent?flow={page.query['flow']}", {"csrf": csrf})
    assert "/lost-otp?" not in str(await provider.inbox())


@pytest.mark.requirement("AD-10")
async def test_removed_role_bites_at_the_next_request(provider: Provider, olga: Browser) -> None:
    """The session goes on; the desk is gone, and the attempt is on record."""
    assert (await olga.open("/desk")).status == 200
    async with provider.wiring.database.writing() as db:
        await set_roles(db, await get_account(db, "olga@desk.cz"), (), origin=provider.origin())
    assert (await olga.open("/desk")).status == 404
    assert (await olga.open("/desk/audit")).status == 404
    assert (await olga.open("/account/security")).status == 200
    assert (await provider.events(event="access_denied")) == ["access_denied", "access_denied"]


@pytest.mark.requirement("AD-08")
async def test_old_login_is_asked_for_again(provider: Provider, olga: Browser) -> None:
    """After eleven minutes a decision leads to the login first; what was typed is still there, and nothing was done."""
    case = await open_request(provider, CaseKind.GENERAL)
    provider.clock.advance(minutes=11)
    await olga.open(f"/desk/requests/{case.number}")
    page = await olga.submit(button="reject", reason="Spam")
    assert page.path == "/login"
    assert page.shows("To protect your account, sign in once more.")
    assert "case_rejected" not in await provider.events()
    await olga.submit(username="olga@desk.cz", password=PASSWORD)
    page = await olga.submit(code=code_now(OTP_KEY, provider.clock.now()))
    assert page.path == f"/desk/requests/{case.number}"
    assert page.shows("Thank you. Now press the button again.")
    assert 'value="Spam"' in page.text
    page = await olga.submit(button="reject", reason="Spam")
    assert page.shows("Rejected. The customer is told.")


@pytest.mark.requirement("AD-08")
@pytest.mark.parametrize("action", ["hint", "sms", "decision"])
async def test_everything_dangerous_wants_a_fresh_login(provider: Provider, olga: Browser, action: str) -> None:
    """Sending, approving and rejecting alike; after ten minutes exactly nobody is asked."""
    case = await open_request(provider, CaseKind.GENERAL)
    csrf = (await olga.open("/desk/search")).forms[0].fields["csrf"]
    body = {"csrf": csrf, "decision": "approve", "reason": "why"}
    provider.clock.advance(minutes=10)
    assert (await olga.post(f"/desk/requests/{case.number}/{action}", body)).path == f"/desk/requests/{case.number}"
    provider.clock.advance(seconds=1)
    assert (await olga.post(f"/desk/requests/{case.number}/{action}", body)).path == "/login"


@pytest.mark.requirement("AD-08")
async def test_form_without_our_token_does_nothing(provider: Provider, olga: Browser) -> None:
    """A forged form, or one from another site, shows the page again and changes nothing."""
    case = await open_request(provider, CaseKind.GENERAL)
    here = f"/desk/requests/{case.number}"
    page = await olga.open(here)
    csrf = page.forms[-1].fields["csrf"]
    before = await provider.events()
    for forged, headers in (({"csrf": "x"}, {}), ({}, {}), ({"csrf": csrf}, {"origin": "https://evil.example"})):
        for action in ("notes", "evidence", "account", "hint", "sms", "decision"):
            body = {**forged, "note": "x", "reason": "x", "decision": "reject", "item": "signed_documents"}
            page = await olga.post(f"{here}/{action}", body, **headers)
            assert page.path == here
            assert page.shows("This page was open for a long time. Please send it again.")
    assert await provider.events() == before


async def test_second_account_in_the_browser_is_the_operators(provider: Provider, browser: Browser) -> None:
    """Who is signed in twice works at the desk as the operator, whichever account is the current one."""
    await operator(provider, browser, "olga@desk.cz")
    await provider.account("lucie@wedos.cz")
    await browser.open("/select-account")
    assert (await browser.open("/desk")).status == 200
