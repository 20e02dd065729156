"""Email (or login name) and password: what signs in, what is counted, and what a stranger can learn."""

import re
from pathlib import Path

import pytest

from idp.sessions.session import SessionStatus
from idp.sessions.table import browser_sessions
from tests.support.browser import CHROME, Browser
from tests.support.clock import MovableClock
from tests.support.provider import PASSWORD, Provider, running_provider, test_settings
from tests.support.registration import EVA, fill_in_registration
from tests.support.relying_party import RelyingParty
from tests.support.signing_in import try_password

LUCIE = "lucie@wedos.cz"
WRONG = "the email or password is not right"


@pytest.mark.parametrize("typed", [LUCIE, "  Lucie@WEDOS.cz ", "LUCIE@wedos.CZ", "lucie.mala", "Lucie.Mala"])
async def test_every_spelling_of_a_name_signs_in(provider: Provider, browser: Browser, typed: str) -> None:
    """Login email or login name, in the same field."""
    await provider.account(login_name="lucie.mala")
    page = await try_password(browser, typed, PASSWORD)
    assert page.path == "/account/security"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"username": "", "password": "x"}, "Enter your email."),
        ({"username": LUCIE, "password": ""}, "Enter your password."),
    ],
)
async def test_an_empty_field_is_named(
    browser: Browser, rp: RelyingParty, fields: dict[str, str], message: str
) -> None:
    """And costs no attempt."""
    await browser.open("/login")
    for _ in range(6):
        page = await browser.submit(**fields)
        assert page.shows(message)
    page = await browser.submit(username=LUCIE, password=PASSWORD)
    assert page.path == "/account/security"


async def test_a_hint_fills_in_the_name(browser: Browser, rp: RelyingParty) -> None:
    """`login_hint` stands in the field, and a failed attempt keeps what was typed, but not the password."""
    page = await browser.open(rp.authorization_url(login_hint=LUCIE))
    assert page.forms[0].fields["username"] == LUCIE
    page = await browser.submit(username="petr@wedos.cz", password="wrong", remember="1")
    assert page.forms[0].fields["username"] == "petr@wedos.cz"
    assert page.forms[0].fields["password"] == ""
    assert page.forms[0].fields["remember"] == "1"


@pytest.mark.requirement("AZ-11")
async def test_every_answer_to_a_form_is_a_303(browser: Browser, rp: RelyingParty) -> None:
    """Wrong and right password alike: no browser sends the password on, Back and Reload work."""
    page = await browser.open(rp.authorization_url())
    csrf = page.forms[0].fields["csrf"]
    for password in ("wrong", PASSWORD):
        body = {"csrf": csrf, "username": LUCIE, "password": password}
        answer = await browser.http.post(page.url, data=body, headers={"origin": browser.base_url})
        assert answer.status_code == 303
    assert answer.headers["location"].startswith("/continue?")


@pytest.mark.requirement("PW-20")
async def test_the_fields_suit_password_managers(browser: Browser, provider: Provider) -> None:
    """Types and autocomplete words are those that managers know; nothing forbids pasting."""
    await browser.open("/login")
    page = await browser.click("register")
    assert re.search(r'name="password" type="password" autocomplete="new-password"', page.text)
    page = await browser.click("login")
    assert re.search(r'name="username" [^>]*autocomplete="username', page.text)
    assert re.search(r'name="password" type="password" autocomplete="current-password"', page.text)
    assert "onpaste" not in page.text
    await browser.click("register")
    page = await fill_in_registration(browser)
    assert re.search(r'name="code" type="text" autocomplete="one-time-code" required inputmode="numeric"', page.text)
    assert "maxlength" not in page.text


async def _failure(provider: Provider, name: str, password: str) -> tuple[object, ...]:
    """The answer to a failed login, without what differs for every visitor; cookies and headers by name."""
    async with Browser(provider.app) as browser:
        await browser.open("/login")
        page = browser.page
        assert page is not None
        body = page.forms[0].fields | {"username": name, "password": password}
        answer = await browser.http.post(page.url, data=body, headers={"origin": browser.base_url})
        shown = await browser.open(answer.headers["location"])
        text = re.sub(r'(flow=|name="csrf" value="|request-id" content=")[\w.%-]+', "…", shown.text)
        return (
            answer.status_code,
            sorted(answer.headers.keys()),
            len(answer.headers["location"]) // 64,
            shown.status,
            sorted(shown.headers.keys()),
            sorted(browser.http.cookies.keys()),
            text.replace(name, "…@…"),
        )


@pytest.mark.requirement("PW-09")
async def test_a_failed_login_says_nothing_about_the_account(provider: Provider, browser: Browser) -> None:
    """Unknown, known, locked (right password too) and unverified: the same bytes."""
    await provider.account("known@wedos.cz")
    await provider.account("locks@wedos.cz", phone=None)
    await provider.account("fresh@wedos.cz", email_verified=False, phone=None)
    await provider.lock("locks@wedos.cz")
    answers = [
        await _failure(provider, name, password)
        for name, password in (
            ("nobod@wedos.cz", PASSWORD),
            ("known@wedos.cz", "not the password"),
            ("locks@wedos.cz", "not the password"),
            ("locks@wedos.cz", PASSWORD),
            ("fresh@wedos.cz", "not the password"),
        )
    ]
    assert WRONG in str(answers[0][-1]).lower()
    assert all(answer == answers[0] for answer in answers[1:])


@pytest.mark.requirement("PW-11", "PW-12", "PW-13")
async def test_the_sixth_guess_is_refused_in_any_spelling(provider: Provider, browser: Browser) -> None:
    """Five guesses for one account under all its names, from several addresses; then even the right one waits."""
    await provider.account(login_name="lucie.mala")
    for number, name in enumerate((LUCIE, "LUCIE@wedos.cz", "lucie.mala", "Lucie.MALA", " lucie@wedos.cz")):
        async with Browser(provider.app, address=f"192.0.2.{number + 10}") as guesser:
            page = await try_password(guesser, name)
            assert page.shows("The email or password is not right.")
    for name in (LUCIE, "lucie.mala"):
        page = await try_password(browser, name, PASSWORD)
        assert page.status == 429
        assert page.headers["retry-after"] == "60"
        assert page.shows("Too many attempts. Try again in 1 minute.")
    provider.clock.advance(seconds=60)
    page = await try_password(browser, LUCIE, PASSWORD)
    assert page.path == "/account/security"


@pytest.mark.requirement("PW-09", "PW-11")
async def test_an_unknown_name_is_made_to_wait_too(browser: Browser, provider: Provider) -> None:
    """The wait tells nobody who has an account."""
    for _ in range(5):
        await try_password(browser, "nobody@wedos.cz")
    page = await try_password(browser, "Nobody@wedos.cz")
    assert page.status == 429


@pytest.mark.requirement("PW-14")
async def test_a_stranger_cannot_keep_the_owner_out(provider: Provider, browser: Browser, rp: RelyingParty) -> None:
    """An hour of wrong guesses elsewhere: the owner's browser still signs in, any other after 15 minutes at most."""
    await rp.sign_in(browser)
    await browser.open("/logout")
    await browser.submit(button="logout-confirm")
    async with Browser(provider.app, address="203.0.113.66") as stranger:
        for _ in range(12):
            page = await try_password(stranger, LUCIE)
            wait = int(page.headers.get("retry-after", 0))
            assert wait <= 900
            provider.clock.advance(seconds=wait)
        await try_password(stranger, LUCIE)
        page = await try_password(stranger, LUCIE)
        assert page.status == 429
    page = await try_password(browser, LUCIE, PASSWORD)
    assert page.path == "/account/security"


@pytest.mark.requirement("PW-16")
async def test_spraying_is_limited_by_the_real_address(sqlite_url: str, tmp_path: Path, clock: MovableClock) -> None:
    """One address may try so many names a minute, whatever it claims about where it comes from."""
    settings = test_settings(sqlite_url, tmp_path / "var", login_address_limit="3/minute")
    async with running_provider(settings, clock) as provider, Browser(provider.app) as sprayer:
        for number in range(5):
            forged = {name: f"198.51.100.{number}" for name in ("x-forwarded-for", "x-real-ip", "cf-connecting-ip")}
            sprayer.http.headers.update(forged | {"forwarded": f"for=198.51.100.{number}"})
            page = await try_password(sprayer, f"person{number}@wedos.cz")
            assert page.status == (200 if number < 3 else 429)
        async with Browser(provider.app, address="192.0.2.77") as other:
            page = await try_password(other, "person9@wedos.cz")
            assert page.status == 200


@pytest.mark.requirement("PW-04")
async def test_an_endless_password_is_refused_unhashed(provider: Provider, browser: Browser, rp: RelyingParty) -> None:
    """More than 1,024 characters are simply wrong; more than a form may hold is a 400 page."""
    page = await try_password(browser, LUCIE, "x" * 1025)
    assert page.shows("The email or password is not right.")
    page = await try_password(browser, LUCIE, "x" * 1_000_000)
    assert page.status in {400, 413}


@pytest.mark.requirement("PW-13")
async def test_a_lock_ends_every_way_in(provider: Provider, browser: Browser, rp: RelyingParty) -> None:
    """The session, the refresh token and the password are all refused until it is unlocked."""
    tokens = await rp.tokens(browser)
    await provider.lock(LUCIE)
    page = await browser.open("/account/security")
    assert page.path == "/login"
    assert (await rp.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    page = await try_password(browser, LUCIE, PASSWORD)
    assert page.shows("The email or password is not right.")
    page = await browser.open(rp.authorization_url(prompt="none"))
    assert page.query["error"] == "login_required"


async def test_the_owner_hears_of_a_new_device_once(provider: Provider, browser: Browser, rp: RelyingParty) -> None:
    """F2.7: the first login from a browser mails when, where and with what; the next ones do not."""
    for _ in range(2):
        await rp.sign_in(browser)
        await browser.open("/logout")
        await browser.submit(button="logout-confirm")
    (mail,) = await provider.inbox()
    assert mail["to"] == LUCIE
    assert "Firefox 146, Linux" in mail["text"]
    assert "192.0.2.1" in mail["text"]
    async with Browser(provider.app, user_agent=CHROME, address="203.0.113.5") as other:
        await rp.sign_in(other)
    assert len(await provider.inbox()) == 2


async def test_a_failed_login_from_a_new_device_mails_nothing(provider: Provider, browser: Browser) -> None:
    """Nor does a password without its OTP code."""
    await provider.account(otp=True)
    await try_password(browser, LUCIE)
    page = await try_password(browser, LUCIE, PASSWORD)
    assert page.path == "/login/otp"
    assert await provider.inbox() == []


@pytest.mark.parametrize(
    ("remember", "idle", "total"),
    [("", 2 * 3600, 12 * 3600), ("1", 14 * 86_400, 30 * 86_400)],
    ids=["plain", "remembered"],
)
@pytest.mark.requirement("SE-06")
async def test_how_long_a_login_lasts(
    provider: Provider, browser: Browser, rp: RelyingParty, remember: str, idle: int, total: int
) -> None:
    """2 hours idle and 12 in all; remembered 14 and 30 days. The server says so, whatever the cookie's age."""

    async def sign_in() -> None:
        await browser.open("/login")
        page = await browser.submit(username=LUCIE, password=PASSWORD, remember=remember)
        assert page.path == "/account/security"

    await sign_in()
    cookie = browser.http.cookies["session"]
    provider.clock.advance(seconds=idle - 1)
    assert (await browser.open("/account/security")).path == "/account/security"
    provider.clock.advance(seconds=idle)
    assert (await browser.open("/account/security")).path == "/login"
    browser.set_cookie("session", cookie)
    assert (await browser.open("/account/security")).path == "/login"
    browser.http.cookies.delete("session")
    await sign_in()
    spent = 0
    while spent + idle // 2 < total:
        provider.clock.advance(seconds=idle // 2)
        spent += idle // 2
        assert (await browser.open("/account/security")).path == "/account/security"
    provider.clock.advance(seconds=total - spent)
    assert (await browser.open("/account/security")).path == "/login"


async def test_remembering_survives_the_second_step(provider: Provider, browser: Browser) -> None:
    """The box on the first page counts for the session that the OTP code completes."""
    await provider.account(otp=True)
    rp = RelyingParty(provider, await provider.client())
    await browser.open(rp.authorization_url())
    await browser.submit(username=LUCIE, password=PASSWORD, remember="1")
    page = await rp.sign_in(browser, otp=True)
    assert "code" in page.query
    async with provider.wiring.database.reading() as db:
        (row,) = (await db.execute(browser_sessions.select())).all()
    assert (row.status, row.remembered) == (SessionStatus.ACTIVE, True)
    assert row.expires_at - provider.clock.now() == 30 * 86_400


async def test_a_long_wait_between_the_steps_asks_for_the_password_again(provider: Provider, browser: Browser) -> None:
    """Ten minutes after the password the OTP page leads back, says why, and keeps the email; nothing is lost."""
    await provider.account(otp=True)
    rp = RelyingParty(provider, await provider.client())
    for send in ("form", "reload"):
        page = await rp.sign_in(browser)
        assert page.path == "/login/otp"
        provider.clock.advance(minutes=10)
        page = await (browser.submit(code="123456") if send == "form" else browser.open(page.url))
        assert page.path == "/login"
        assert page.shows("Your sign-in took too long.")
        assert page.forms[0].fields["username"] == LUCIE
    await browser.submit(username=LUCIE, password=PASSWORD)
    assert browser.page is not None
    assert browser.page.path == "/login/otp"


async def test_an_unverified_account_goes_on_where_it_stopped(provider: Provider, browser: Browser) -> None:
    """After the right password the missing step comes up, for the address and then for the phone."""
    await provider.account(EVA, email_verified=False, phone_verified=False)
    page = await try_password(browser, EVA, PASSWORD)
    assert page.path == "/verify/email"
    assert page.shows(EVA)
