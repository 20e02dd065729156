"""The OTP page of the account centre: set, refuse, disable; every refusal is one of its own."""

import pytest

from idp.accounts import store as accounts
from idp.credentials import store as credentials
from idp.credentials.otp import code_now
from tests.interaction.prompts.test_enroll_otp import key_on
from tests.support.browser import CHROME, Browser, Page
from tests.support.provider import OTP_KEY, PASSWORD, Provider
from tests.support.registration import wrong
from tests.support.relying_party import RelyingParty

LUCIE = "lucie@wedos.cz"
SETUP, DISABLE = "/account/security/otp", "/account/security/otp/disable"


async def open_security(browser: Browser, rp: RelyingParty, *, otp: bool = False) -> Page:
    await rp.sign_in(browser, otp=otp)
    return await browser.open("/account/security")


async def is_on(provider: Provider, rp: RelyingParty, browser: Browser) -> bool:
    """What the page says."""
    page = await browser.open("/account/security")
    return "disable-otp" in page.links


@pytest.fixture
async def guarded(provider: Provider) -> RelyingParty:
    """A client beside an account with OTP; a minute after the last code."""
    await provider.account(otp=True)
    return RelyingParty(provider, await provider.client())


@pytest.mark.requirement("MF-06", "MF-17", "SE-01", "SE-09")
async def test_set_otp(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """QR and key, password and code, "Activate": other sessions and tokens end, this one goes on under a new id."""
    tokens = await rp.tokens(browser)
    async with Browser(provider.app, user_agent=CHROME) as other:
        others = await rp.tokens(other)
        await browser.open("/account/security")
        page = await browser.submit(button="set-otp")
        assert "<svg" in page.text
        assert page.headers["cache-control"] == "no-store"
        assert "http" not in page.text.replace("http-equiv", "").replace("http://www.w3.org", "")
        before = browser.http.cookies["session"]
        page = await browser.submit(password=PASSWORD, code=code_now(key_on(page), provider.clock.now()))
        assert page.path == "/account/security/recovery-codes"
        assert page.shows("OTP is on.")
        assert browser.http.cookies["session"] != before
        assert (await browser.open(SETUP)).path == "/account/security"
        assert (await other.open("/account/security")).path == "/login"
    for refresh_token in (tokens["refresh_token"], others["refresh_token"]):
        assert (await rp.refresh(refresh_token)).json()["error"] == "invalid_grant"
    async with Browser(provider.app) as thief:
        thief.set_cookie("session", before)
        assert (await thief.open("/account/security")).path == "/login"
    subjects = [message["subject"] for message in await provider.inbox()]
    assert any("OTP" in subject for subject in subjects)


@pytest.mark.requirement("MF-06")
async def test_every_failed_try_makes_a_new_key(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """Wrong password, wrong code, no code, leaving the page: the key that was shown never works."""
    await open_security(browser, rp)
    page = await browser.submit(button="set-otp")
    keys = [key_on(page)]
    for password, is_right in (("wrong", True), (PASSWORD, False)):
        code = code_now(keys[-1], provider.clock.now())
        page = await browser.submit(password=password, code=code if is_right else wrong(code))
        assert page.shows("The password or the code was not right.")
        keys.append(key_on(page))
    page = await browser.submit(has="password", password=PASSWORD, code="")
    keys.append(key_on(page))
    await browser.open("/account/security")
    page = await browser.submit(button="set-otp")
    keys.append(key_on(page))
    assert len(set(keys)) == 5
    page = await browser.submit(password=PASSWORD, code=code_now(keys[0], provider.clock.now()))
    assert page.path == SETUP
    assert not await is_on(provider, rp, browser)


@pytest.mark.requirement("MF-06")
async def test_a_key_waits_ten_minutes(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """Then the page is over, and its key too."""
    await open_security(browser, rp)
    page = await browser.submit(button="set-otp")
    provider.clock.advance(minutes=10)
    old = key_on(page)
    page = await browser.submit(password=PASSWORD, code=code_now(old, provider.clock.now()))
    assert not await is_on(provider, rp, browser)


@pytest.mark.requirement("MF-06")
async def test_another_session_can_neither_see_nor_confirm_it(
    browser: Browser, provider: Provider, rp: RelyingParty
) -> None:
    """The pending key belongs to the session that asked for it."""
    await open_security(browser, rp)
    page = await browser.submit(button="set-otp")
    key = key_on(page)
    async with Browser(provider.app, user_agent=CHROME) as other:
        page = await open_security(other, rp)
        assert (await other.open(SETUP)).path == "/account/security"
        csrf = page.forms[0].fields["csrf"]
        body = {"csrf": csrf, "password": PASSWORD, "code": code_now(key, provider.clock.now())}
        page = await other.post(SETUP, body)
        assert not await is_on(provider, rp, other)


@pytest.mark.requirement("MF-07")
async def test_a_key_in_use_is_never_replaced(browser: Browser, provider: Provider, guarded: RelyingParty) -> None:
    """Session and password alone make no new key for an account that has one: neither the button nor a wrong try."""
    await guarded.sign_in(browser, otp=True)
    page = await browser.open(DISABLE)
    csrf = page.forms[0].fields["csrf"]
    for body in ({}, {"password": PASSWORD, "code": "000000"}, {"password": PASSWORD}, {"code": "000000"}):
        page = await browser.post(SETUP, {"csrf": csrf} | body)
        assert page.path == "/account/security"
        assert "shared-key" not in (await browser.open(SETUP)).text
    async with provider.wiring.database.reading() as db:
        account = await accounts.find_by_email(db, LUCIE)
        assert account is not None
        key = await credentials.find_active_otp_key(db, provider.keys, account.id)
    assert key is not None
    assert key.key == OTP_KEY


async def test_without_a_proven_phone_it_cannot_be_set(browser: Browser, provider: Provider) -> None:
    """Whoever loses the device needs the mailbox and the phone; the page says what is missing."""
    await provider.account(phone_verified=False)
    await browser.open("/login")
    await browser.submit(username=LUCIE, password=PASSWORD)
    page = await browser.open("/account/security")
    assert page.shows("Verify your phone first.")
    page = await browser.open("/logout")
    page = await browser.post(SETUP, {"csrf": page.forms[0].fields["csrf"]})
    assert page.shows("Verify your email and phone first, then set OTP.")


@pytest.mark.requirement("MF-08", "SE-01", "SE-09")
async def test_disable_otp(browser: Browser, provider: Provider, guarded: RelyingParty) -> None:
    """Password and an unspent code: OTP is off, other sessions and all tokens end, and the owner is told."""
    tokens = await guarded.tokens(browser, otp=True)
    provider.clock.advance(seconds=30)
    async with Browser(provider.app, user_agent=CHROME) as other:
        await guarded.sign_in(other, otp=True)
        provider.clock.advance(seconds=30)
        await browser.open(DISABLE)
        before = browser.http.cookies["session"]
        page = await browser.submit(password=PASSWORD, code=code_now(OTP_KEY, provider.clock.now()))
        assert page.shows("OTP is now disabled.")
        assert browser.http.cookies["session"] != before
        assert (await other.open("/account/security")).path == "/login"
    assert (await guarded.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert any("OTP" in message["subject"] for message in await provider.inbox())
    assert not await is_on(provider, guarded, browser)
    page = await browser.open(guarded.authorization_url())
    assert "code" in page.query


@pytest.mark.requirement("MF-08", "MF-05", "PW-13")
async def test_disabling_needs_both(browser: Browser, provider: Provider, guarded: RelyingParty) -> None:
    """Each missing or wrong: refused, counted, and after five tries even the right ones wait."""
    await guarded.sign_in(browser, otp=True)
    spent = code_now(OTP_KEY, provider.clock.now())
    provider.clock.advance(seconds=30)
    good = code_now(OTP_KEY, provider.clock.now())
    await browser.open(DISABLE)
    for password, code, message in (
        ("", good, "The password is not right."),
        ("wrong", good, "The password is not right."),
        (PASSWORD, "", "This code is not right."),
        (PASSWORD, wrong(good), "This code is not right."),
        (PASSWORD, spent, "This code is not right."),
    ):
        page = await browser.submit(has="code", password=password, code=code)
        assert page.path == DISABLE
        assert page.shows(message)
    page = await browser.submit(password=PASSWORD, code=good)
    assert page.shows("Too many attempts. Try again in 1 minute.")
    assert await is_on(provider, guarded, browser)


@pytest.mark.requirement("MF-11", "AZ-26")
async def test_a_half_signed_in_person_reaches_none_of_it(
    browser: Browser, provider: Provider, guarded: RelyingParty
) -> None:
    """With the password alone, opened or posted to, every page of the account leads to the OTP code."""
    page = await guarded.sign_in(browser)
    assert page.path == "/login/otp"
    csrf = page.forms[0].fields["csrf"]
    for path in ("/", "/account", "/account/security", SETUP, DISABLE, "/.well-known/change-password"):
        assert (await browser.open(path)).path == "/login/otp"
    for path in (SETUP, DISABLE):
        body = {"csrf": csrf, "password": PASSWORD, "code": code_now(OTP_KEY, provider.clock.now())}
        assert (await browser.post(path, body)).path == "/login/otp"
    assert (await browser.http.get("/session/status")).text == "none"


@pytest.mark.requirement("SE-12")
async def test_an_hours_old_login_still_has_to_prove_itself(
    browser: Browser, provider: Provider, rp: RelyingParty
) -> None:
    """The session alone changes nothing: the password is asked for whatever the session's age."""
    await open_security(browser, rp)
    provider.clock.advance(minutes=6)
    await browser.open("/account/security")
    page = await browser.submit(button="set-otp")
    assert "password" in browser.form("code").names
    page = await browser.submit(has="code", password="", code=code_now(key_on(page), provider.clock.now()))
    assert page.path == SETUP


@pytest.mark.requirement("SE-15", "SE-25")
async def test_every_signed_in_page_is_not_kept_and_leads_out(
    browser: Browser, provider: Provider, guarded: RelyingParty
) -> None:
    """`no-store`, and a link to the sign-out that works."""
    await guarded.sign_in(browser, otp=True)
    for path in ("/account/security", DISABLE):
        page = await browser.open(path)
        assert page.path == path
        assert page.headers["cache-control"] == "no-store"
        assert page.links["logout"] == "/logout"
    await browser.click("logout")
    form = browser.form(button="logout-confirm")
    answer = await browser.http.post(form.action, data=form.fields | {"decision": "logout"})
    assert answer.headers["clear-site-data"] == '"cache"'
    assert (await browser.open("/account/security")).path == "/login"


@pytest.mark.requirement("SE-25", "MF-17")
async def test_the_set_up_page_leads_out_too(browser: Browser, rp: RelyingParty) -> None:
    """While the key is shown."""
    await open_security(browser, rp)
    page = await browser.submit(button="set-otp")
    assert page.links["logout"] == "/logout"
    assert page.headers["cache-control"] == "no-store"


async def test_what_a_page_says_once_is_said_once(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """The note after a change is over after a minute, is nothing in another account, and cannot be made up."""
    await open_security(browser, rp)
    page = await browser.submit(button="set-otp")
    page = await browser.submit(password=PASSWORD, code=code_now(key_on(page), provider.clock.now()))
    said = page.url
    assert (await browser.open(said)).shows("OTP is on.")
    await provider.account("petr@wedos.cz", phone="+420602555666")
    async with Browser(provider.app) as petr:
        await rp.sign_in(petr, "petr@wedos.cz")
        assert not (await petr.open(said)).shows("OTP is on.")
    provider.clock.advance(seconds=61)
    assert not (await browser.open(said)).shows("OTP is on.")
    assert (await browser.open("/account/security?said=made-up")).status == 200
