"""Another password: with the one it replaces and the OTP code, whatever the session has proven before."""

import pytest

from idp.credentials.otp import code_now
from tests.support.browser import CHROME, Browser, Page
from tests.support.provider import OTP_KEY, PASSWORD, Provider
from tests.support.registration import wrong
from tests.support.relying_party import RelyingParty

PATH = "/account/security/password"
LUCIE = "lucie@wedos.cz"
NEW = "six loud rivers over stone"


async def change(browser: Browser, **typed: str) -> Page:
    """Sends the form, filled in rightly unless told otherwise."""
    await browser.open(PATH)
    return await browser.submit(button="password-submit", **({"password": PASSWORD, "new_password": NEW} | typed))


async def opens(provider: Provider, password: str) -> bool:
    async with Browser(provider.app, address="198.51.100.9") as other:
        await other.open("/login")
        return (await other.submit(username=LUCIE, password=password)).path in {"/account/security", "/login/otp"}


@pytest.mark.requirement("PW-08", "SE-01", "SE-09", "RC-09")
async def test_the_password_is_changed(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """The old one opens nothing any more; other sessions and every token end, this session goes on; the owner hears."""
    tokens = await rp.tokens(browser)
    async with Browser(provider.app, user_agent=CHROME) as other:
        await rp.sign_in(other)
        await browser.open("/account/security")
        await browser.click("change-password")
        before = browser.http.cookies["session"]
        page = await change(browser)
        assert page.path == "/account/security"
        assert page.shows("Your password is changed.")
        assert browser.http.cookies["session"] != before
        assert (await other.open("/account/security")).path == "/login"
    assert (await rp.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert not await opens(provider, PASSWORD)
    assert await opens(provider, NEW)
    told = [(message["channel"], message["to"]) for message in await provider.inbox()]
    assert told.count(("mail", LUCIE)) >= 1
    assert ("sms", "+420601123456") in told
    assert "password_changed" in await provider.events()


@pytest.mark.requirement("PW-08", "PW-06")
@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"password": "not the password"}, "The password is not right."),
        ({"password": ""}, "The password is not right."),
        ({"new_password": ""}, "Enter a password."),
        ({"new_password": "short"}, "The password must have at least 12 characters."),
        ({"new_password": "password1234"}, "This password is known from data leaks."),
        ({"new_password": "lucie@wedos.cz"}, "The password must not contain your name, email or our name."),
        ({"new_password": PASSWORD}, "This is the password you already have."),
    ],
)
async def test_what_is_not_right_changes_nothing(
    browser: Browser, provider: Provider, rp: RelyingParty, typed: dict[str, str], message: str
) -> None:
    """The form comes back with a sentence; the password stays, and so does the session."""
    await rp.sign_in(browser)
    page = await change(browser, **typed)
    assert page.path == PATH
    assert page.shows(message)
    assert await opens(provider, PASSWORD)
    assert (await browser.open("/account/security")).path == "/account/security"


@pytest.mark.requirement("PW-08", "PW-11")
async def test_guesses_are_counted(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """Whoever finds the browser open has five tries; then even the right one waits."""
    await rp.sign_in(browser)
    for _ in range(5):
        await change(browser, password="not the password")
    page = await change(browser)
    assert page.shows("Too many attempts. Try again in 1 minute.")
    assert (await provider.events(event="confirmation_failed")).count("confirmation_failed") >= 5
    provider.clock.advance(seconds=61)
    assert (await change(browser)).path == "/account/security"


@pytest.mark.requirement("PW-08", "MF-02")
async def test_an_account_with_otp_gives_its_code_too(browser: Browser, provider: Provider) -> None:
    """Missing, wrong and used codes are refused."""
    await provider.account(otp=True)
    rp = RelyingParty(provider, await provider.client())
    await rp.sign_in(browser, otp=True)
    used = code_now(OTP_KEY, provider.clock.now())
    provider.clock.advance(seconds=30)
    code = code_now(OTP_KEY, provider.clock.now())
    for typed in ("", wrong(code), used):
        page = await change(browser, code=typed)
        assert page.path == PATH
        assert page.has_error
    page = await change(browser, code=code)
    assert page.shows("Your password is changed.")


async def test_password_managers_find_the_page(browser: Browser, rp: RelyingParty) -> None:
    """`/.well-known/change-password` leads there, over the login where nobody is signed in."""
    page = await browser.open("/.well-known/change-password")
    assert page.path == "/login"
    page = await browser.submit(username=LUCIE, password=PASSWORD)
    assert page.path == PATH
