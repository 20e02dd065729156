"""The page of the recovery codes: shown once to the one who made them, and made anew with password and OTP code."""

import html
import re
from urllib.parse import unquote

import pytest

from idp.credentials.otp import code_now
from tests.interaction.prompts.test_enroll_otp import key_on
from tests.support.browser import CHROME, Browser, Page
from tests.support.provider import OTP_KEY, PASSWORD, Provider
from tests.support.registration import wrong
from tests.support.relying_party import RelyingParty

CODES, SECURITY = "/account/security/recovery-codes", "/account/security"


def codes_on(page: Page) -> list[str]:
    """As they stand in the list."""
    return re.findall(r"<code>([0-9A-Z-]{16})</code>", page.text)


async def set_otp(browser: Browser, provider: Provider, rp: RelyingParty) -> tuple[str, Page]:
    """Signs in and sets OTP; the key, and the page after "Activate"."""
    await rp.sign_in(browser)
    await browser.open(SECURITY)
    key = key_on(await browser.submit(button="set-otp"))
    return key, await browser.submit(password=PASSWORD, code=code_now(key, provider.clock.now()))


@pytest.fixture
async def guarded(provider: Provider) -> RelyingParty:
    """A client beside an account with OTP."""
    await provider.account(otp=True)
    return RelyingParty(provider, await provider.client())


async def make_codes(browser: Browser, provider: Provider, *, password: str = PASSWORD, code: str = "") -> Page:
    """A minute later, so that the code is a new one."""
    provider.clock.advance(seconds=30)
    await browser.open(CODES)
    return await browser.submit(password=password, code=code or code_now(OTP_KEY, provider.clock.now()))


@pytest.mark.requirement("MF-13", "MF-17")
async def test_activation_shows_ten_codes_once(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """Uncached and downloadable from the page itself; a reload, HEAD before it, another session and a later minute
    show nothing."""
    _, page = await set_otp(browser, provider, rp)
    codes = codes_on(page)
    assert len(codes) == 10
    assert page.headers["cache-control"] == "no-store"
    file = unquote(html.unescape(page.links["codes-download"]))
    assert file.startswith("data:text/plain;charset=utf-8,Keygate\nRecovery codes, January 15, 2026\n\n")
    assert file.endswith("\n".join(codes) + "\n")
    page = await browser.open(page.url)
    assert page.shows("These codes were shown already, and are not shown again.")
    assert codes_on(page) == []
    page = await browser.open(SECURITY)
    assert page.shows("10 left")


@pytest.mark.requirement("MF-17")
async def test_only_the_session_that_made_them_is_shown_them(
    browser: Browser, provider: Provider, guarded: RelyingParty
) -> None:
    """HEAD shows and spends nothing; another session gets nothing; a minute later it is too late."""
    await guarded.sign_in(browser, otp=True)
    provider.clock.advance(seconds=30)
    async with Browser(provider.app, user_agent=CHROME) as other:
        await guarded.sign_in(other, otp=True)
        address = await _address_of_new_codes(browser, provider)
        assert (await browser.http.head(address)).text == ""
        # The other session has ended; signed in again it is a third one.
        assert (await other.open(address)).path == "/login"
        provider.clock.advance(seconds=30)
        await guarded.sign_in(other, otp=True)
        assert codes_on(await other.open(address)) == []
        assert len(codes_on(await browser.open(address))) == 10
    late = await _address_of_new_codes(browser, provider)
    provider.clock.advance(seconds=61)
    assert codes_on(await browser.open(late)) == []


async def _address_of_new_codes(browser: Browser, provider: Provider) -> str:
    """Where the browser is sent after "Make new codes"; it does not go there yet."""
    provider.clock.advance(seconds=30)
    await browser.open(CODES)
    form = browser.form("code")
    typed = {"password": PASSWORD, "code": code_now(OTP_KEY, provider.clock.now())}
    own = {"origin": browser.base_url, "sec-fetch-site": "same-origin"}
    answer = await browser.http.post(form.action, data=form.fields | typed, headers=own)
    assert answer.status_code == 303
    return answer.headers["location"]


async def test_an_older_set_is_not_shown(browser: Browser, provider: Provider, guarded: RelyingParty) -> None:
    """Who made two sets sees the one that works."""
    await guarded.sign_in(browser, otp=True)
    older = await _address_of_new_codes(browser, provider)
    newer = await _address_of_new_codes(browser, provider)
    assert codes_on(await browser.open(older)) == []
    assert len(codes_on(await browser.open(newer))) == 10


@pytest.mark.requirement("SE-01", "SE-09", "MF-13")
async def test_new_codes_end_what_the_old_ones_could_have_opened(
    browser: Browser, provider: Provider, guarded: RelyingParty
) -> None:
    """Other sessions and all tokens end, the cookie changes, the owner is told, the old set is dead."""
    tokens = await guarded.tokens(browser, otp=True)
    old = await make_codes(browser, provider)
    async with Browser(provider.app, user_agent=CHROME) as other:
        provider.clock.advance(seconds=30)
        await guarded.sign_in(other, otp=True)
        before = browser.http.cookies["session"]
        page = await make_codes(browser, provider)
        assert page.shows("Your new recovery codes work from now on; the old ones do not.")
        assert not set(codes_on(old)) & set(codes_on(page))
        assert browser.http.cookies["session"] != before
        assert (await other.open(SECURITY)).path == "/login"
        await guarded.sign_in(other)
        await other.click("use-recovery-code")
        page = await other.submit(recovery_code=codes_on(old)[0])
        assert page.has_error
    assert (await guarded.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert any("New recovery codes" in message["subject"] for message in await provider.inbox())
    assert "recovery_codes_made" in await provider.events()


@pytest.mark.requirement("SE-12", "MF-07")
async def test_new_codes_need_password_and_otp_code(
    browser: Browser, provider: Provider, guarded: RelyingParty
) -> None:
    """Whatever the session's age: each alone is refused, a spent code too, and no set is made."""
    await guarded.sign_in(browser, otp=True)
    spent = code_now(OTP_KEY, provider.clock.now())
    await browser.open(CODES)
    page = await browser.submit(password=PASSWORD, code=spent)
    assert page.has_error
    page = await make_codes(browser, provider, password="wrong")
    assert page.shows("The password is not right.")
    page = await make_codes(browser, provider, code=wrong(code_now(OTP_KEY, provider.clock.now() + 30)))
    assert page.shows("This code is not right.")
    assert (await browser.open(SECURITY)).shows("0 left")
    page = await browser.open(CODES)
    page = await browser.post(CODES, {"password": PASSWORD, "code": code_now(OTP_KEY, provider.clock.now())})
    assert page.shows("This page was open for a long time.")
    assert (await browser.open(SECURITY)).shows("0 left")


async def test_without_otp_there_are_no_codes(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """The page leads back, and a form sent by hand makes none."""
    await rp.sign_in(browser)
    page = await browser.open(CODES)
    assert page.path == SECURITY
    assert "make-codes" not in page.links
    page = await browser.post(CODES, {"csrf": browser.form(button="set-otp").fields["csrf"], "password": PASSWORD})
    assert "recovery_codes_made" not in await provider.events()


@pytest.mark.requirement("MF-17")
async def test_a_step_up_shows_them_before_the_application(
    browser: Browser, provider: Provider, rp: RelyingParty
) -> None:
    """OTP set on the way to an application: the codes, once; then "I saved them", and the application."""
    await rp.sign_in(browser)
    await browser.open(rp.authorization_url(acr_values="urn:idp:acr:otp"))
    key = key_on(await browser.submit(button="set-otp"))
    page = await browser.submit(password=PASSWORD, code=code_now(key, provider.clock.now()))
    assert page.path == "/login/recovery-codes"
    codes = codes_on(page)
    assert len(codes) == 10
    page = await browser.open(page.url)
    assert codes_on(page) == []
    assert page.shows("These codes were shown already")
    page = await browser.submit(button="codes-saved")
    assert "code" in page.query
    async with Browser(provider.app, user_agent=CHROME) as other:
        await rp.sign_in(other)
        await other.click("use-recovery-code")
        page = await other.submit(recovery_code=codes[7])
        assert page.shows("You have 9 recovery codes left.")
