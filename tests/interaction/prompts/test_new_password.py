"""The new password of a recovery: what opens its form, what it ends, and what it leaves alone."""

from urllib.parse import urlsplit

import pytest

from idp.accounts import store as accounts
from idp.credentials import store as credentials
from idp.credentials.otp import code_now
from idp.credentials.table import one_time_codes
from idp.sessions.table import browser_sessions
from tests.support.browser import CHROME, Browser
from tests.support.provider import OTP_KEY, PASSWORD, Provider
from tests.support.queries import count_rows
from tests.support.recovery import (
    LUCIE,
    NEW_PASSWORD,
    ask,
    mailed_code,
    mailed_link,
    open_form,
    recovery_mails,
    set_password,
)
from tests.support.relying_party import RelyingParty

FORM = "/recovery/new-password"


async def test_a_recovery_ends_in_the_application(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """From the login page by the mailed link to the new password, the login and the application's code."""
    await browser.open(rp.authorization_url())
    await browser.click("recovery")
    page = await ask(browser)
    assert page.path == "/recovery/sent"
    assert page.shows("until 12:30")
    page = await browser.open(await mailed_link(provider))
    assert page.path == FORM
    assert browser.form("new_password").fields["username"] == LUCIE  # for password managers
    page = await set_password(browser)
    assert page.path == "/recovery/done"
    assert page.shows("Your password is changed.")
    await browser.click("login")
    assert browser.form("username").fields["username"] == LUCIE
    page = await browser.submit(password=NEW_PASSWORD)
    assert (await rp.redeem(page.query["code"])).status_code == 200


@pytest.mark.parametrize("spelling", ["{}", "{} ", "lower", "dashed", "look-alikes"])
async def test_the_code_opens_the_form_where_it_was_asked_for(
    browser: Browser, provider: Provider, rp: RelyingParty, spelling: str
) -> None:
    """Typed in any case, with blanks and dashes, with O, I and L for the digits that they look like."""
    await browser.open(rp.authorization_url())
    await browser.click("recovery")
    await ask(browser)
    code = await mailed_code(provider)
    typed = {
        "lower": code.lower(),
        "dashed": f"{code[:4]} - {code[4:]}",
        "look-alikes": code.replace("0", "o").replace("1", "l"),
    }.get(spelling, spelling.format(code))
    page = await browser.submit(code=typed)
    assert page.path == FORM
    await set_password(browser)
    await browser.click("login")
    page = await browser.submit(password=NEW_PASSWORD)
    assert "code" in page.query


async def test_what_is_no_code_costs_no_try(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """Six misspelt ones later the real one still opens the form."""
    assert rp.provider is provider
    await ask(browser)
    for _ in range(6):
        assert (await browser.submit(has="code", code="123 456")).shows("The code has 8 characters.")
    assert (await browser.submit(has="code", code="")).shows("Enter the code.")
    assert (await browser.submit(code=await mailed_code(provider))).path == FORM


@pytest.mark.requirement("RC-13")
async def test_five_wrong_codes_and_no_more(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """The sixth try is not even compared, also in a resend; the link still works."""
    assert rp.provider is provider
    await ask(browser)
    for _ in range(3):
        assert (await browser.submit(code="ZZZZZZZZ")).shows("This code is not right.")
    provider.clock.advance(minutes=1)
    await browser.submit(button="resend")
    for _ in range(2):
        await browser.submit(code="ZZZZZZZZ")
    page = await browser.submit(code=await mailed_code(provider))
    assert page.shows("Too many wrong codes.")
    assert (await browser.open(await mailed_link(provider))).path == FORM


@pytest.mark.requirement("RC-07")
async def test_there_is_no_way_to_the_form_without_link_or_code(
    browser: Browser, provider: Provider, rp: RelyingParty
) -> None:
    """The flow that asked, put at the form's address, GET and POST, with every field a page has: nothing is set."""
    assert rp.provider is provider
    sent = await ask(browser)
    form_url = FORM + "?" + urlsplit(sent.url).query
    fields = browser.form("code").fields
    page = await browser.open(form_url)
    assert "new_password" not in page.text
    forged = {"new_password": NEW_PASSWORD, "new_password_again": NEW_PASSWORD, "username": LUCIE, "clicked": "1"}
    for extra in ({}, {"code": ""}, {"code": "00000000"}, {"t": ""}, {"token": "x" * 43}, {"proven_until": "9" * 10}):
        page = await browser.post(form_url, fields | forged | extra)
        assert "new_password" not in page.text
    for path in ("/recovery/done", "/recovery/sent", "/recovery/send"):
        page = await browser.post(path, fields | forged)
        assert page.path == "/login"
    await browser.open("/recovery/done?" + urlsplit(sent.url).query)
    assert browser.page is not None
    assert browser.page.path == "/login"
    assert "password_recovered" not in await provider.events()
    page = await rp.sign_in(browser)
    assert "code" in page.query


@pytest.mark.requirement("RC-07")
async def test_the_form_of_one_recovery_is_no_evidence_for_another_device(
    browser: Browser, provider: Provider, rp: RelyingParty
) -> None:
    """The address of an open form, copied to another browser, is a login page there; POST as well."""
    assert rp.provider is provider
    page = await open_form(browser, provider)
    async with Browser(provider.app, user_agent=CHROME) as other:
        await other.open("/login")
        fields = other.form("csrf").fields
        assert (await other.open(page.url)).path == "/login"
        forged = {"new_password": NEW_PASSWORD, "new_password_again": NEW_PASSWORD}
        assert (await other.post(page.url, fields | forged)).path == "/login"
    assert "password_recovered" not in await provider.events()
    assert (await set_password(browser)).path == "/recovery/done"


@pytest.mark.requirement("RC-08", "MF-10")
@pytest.mark.parametrize("by", ["link", "code"])
async def test_it_signs_nobody_in_and_leaves_otp_alone(browser: Browser, provider: Provider, by: str) -> None:
    """After the reset there is no session; the login asks for the OTP, whose row is as it was, and no code is given."""
    account = await provider.account(otp=True)
    rp = RelyingParty(provider, await provider.client())
    async with provider.wiring.database.reading() as db:
        before = await credentials.find_active_otp_key(db, provider.keys, account.id)
    await browser.open(rp.authorization_url())
    await browser.click("recovery")
    await ask(browser)
    if by == "link":
        await browser.open(await mailed_link(provider))
    else:
        await browser.submit(code=await mailed_code(provider))
    await set_password(browser)
    assert await count_rows(provider.wiring.database, browser_sessions) == 0
    assert (await browser.http.get("/session/status")).text == "none"
    page = await browser.open(rp.authorization_url(prompt="none"))
    assert page.query["error"] == "login_required"
    async with provider.wiring.database.reading() as db:
        assert await credentials.find_active_otp_key(db, provider.keys, account.id) == before
    page = await rp.sign_in(browser, password=NEW_PASSWORD)
    assert page.path == "/login/otp"
    page = await browser.submit(code=code_now(OTP_KEY, provider.clock.now()))
    assert "code" in page.query


@pytest.mark.requirement("RC-09", "SE-09")
async def test_it_ends_everything_the_old_password_had_opened(
    browser: Browser, provider: Provider, rp: RelyingParty
) -> None:
    """Sessions and refresh tokens of every browser, older links, a pending change of the phone, and the password."""
    async with Browser(provider.app, user_agent=CHROME) as thief:
        stolen = await rp.tokens(thief, scope="openid offline_access")
        own = await rp.tokens(browser)
        await ask(browser)
        older = await mailed_link(provider)
        await browser.open("/recovery")
        page = await open_form(browser, provider)
        page = await set_password(browser)
        assert page.path == "/recovery/done"
        for tokens in (stolen, own):
            assert (await rp.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
            assert (await rp.introspect(tokens["access_token"]))["active"] is False
        for each in (thief, browser):
            assert (await each.open("/account/security")).path == "/login"
        assert (await browser.open(older)).has_error is False
        assert browser.page is not None
        assert browser.page.path == "/recovery/reset"
        page = await rp.sign_in(thief)
        assert page.shows("The email or password is not right.")
    now = provider.clock.now()
    is_live = one_time_codes.c.expires_at > now
    assert (
        await count_rows(provider.wiring.database, one_time_codes, is_live, one_time_codes.c.consumed_at.is_(None)) == 0
    )


@pytest.mark.requirement("RC-09")
async def test_a_pending_change_of_the_address_or_number_is_void(browser: Browser, provider: Provider) -> None:
    """The SMS code that somebody with the old password had asked for proves no number after the reset."""
    await provider.account(phone_verified=False)
    rp = RelyingParty(provider, await provider.client())
    async with Browser(provider.app, user_agent=CHROME) as thief:
        await rp.sign_in(thief)
        await thief.submit(button="send-sms")
        code = next(str(sms["code"]) for sms in await provider.inbox() if sms["channel"] == "sms")
        form = thief.form("code")
        await open_form(browser, provider)
        await set_password(browser)
        page = await thief.post(form.action, form.fields | {"code": code})
        assert page.path == "/login"
    assert "phone_verified" not in await provider.events()
    is_live = (one_time_codes.c.expires_at > provider.clock.now()) & one_time_codes.c.consumed_at.is_(None)
    assert await count_rows(provider.wiring.database, one_time_codes, is_live) == 0


async def test_a_password_set_by_an_operator_voids_the_link(
    browser: Browser, provider: Provider, rp: RelyingParty
) -> None:
    """Whoever asked before has to ask again."""
    assert rp.provider is provider
    page = await open_form(browser, provider)
    await provider.set_password(LUCIE, NEW_PASSWORD)
    assert (await browser.open(page.url)).shows("This link has expired.")


@pytest.mark.requirement("RC-24")
@pytest.mark.parametrize("verified", [True, False])
async def test_the_owner_is_told_on_every_proven_channel(browser: Browser, provider: Provider, verified: bool) -> None:
    """By mail always, by SMS where the phone is verified; both say what to do, and neither holds a link that acts."""
    await provider.account(phone_verified=verified)
    await open_form(browser, provider)
    await set_password(browser)
    told = [message for message in await provider.inbox() if "was changed" in message["text"]]
    assert {message["channel"] for message in told} == ({"mail", "sms"} if verified else {"mail"})
    assert all("support@example.com" in message["text"] for message in told)
    assert "password_recovered" in await provider.events(account_id=(await _account_id(provider)))


async def _account_id(provider: Provider) -> str:
    async with provider.wiring.database.reading() as db:
        account = await accounts.find_by_email(db, LUCIE)
    assert account is not None
    return account.id


async def test_a_blocked_login_is_open_again(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """Whoever forgot the password has tried a few; the counters of the account are cleared, in every browser."""
    await rp.sign_in(browser)
    for each in (browser, Browser(provider.app)):
        await each.open(rp.authorization_url(prompt="login"))
        for _ in range(6):
            page = await each.submit(username=LUCIE, password="not the password at all")
        assert page.status == 429
    await open_form(browser, provider)
    await set_password(browser)
    page = await rp.sign_in(browser, password=NEW_PASSWORD)
    assert "code" in page.query


@pytest.mark.parametrize(
    ("password", "again", "says"),
    [
        ("", "", "Enter a password."),
        ("short", "short", "at least 12 characters"),
        ("passwordpassword", "passwordpassword", "Choose another one."),
        ("lucie wedos lucie", "lucie wedos lucie", "Choose another one."),
        (NEW_PASSWORD, "", "The passwords are not the same."),
        (NEW_PASSWORD, NEW_PASSWORD.upper(), "The passwords are not the same."),
        ("x" * 1025, "x" * 1025, "The password is too long."),
    ],
)
async def test_a_password_that_is_refused_spends_nothing(
    browser: Browser, provider: Provider, rp: RelyingParty, password: str, again: str, says: str
) -> None:
    """The form says what is wrong, holds neither password, and takes a better one."""
    assert rp.provider is provider
    await open_form(browser, provider)
    page = await browser.submit(has="new_password", new_password=password, new_password_again=again)
    assert page.path == FORM
    assert page.shows(says)
    assert not password or password not in page.text
    assert (await set_password(browser)).path == "/recovery/done"


async def test_the_window_that_asked_notices(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """Set by the link in another tab: reloaded, sent on or asked for a resend, the first tab leads to the login."""
    await browser.open(rp.authorization_url())
    await browser.click("recovery")
    first = await ask(browser)
    form = browser.form("code")
    resend = browser.form(button="resend")
    await browser.open(await mailed_link(provider))
    await set_password(browser)
    for page in (
        await browser.open(first.url),
        await browser.post(form.action, form.fields | {"code": "ZZZZZZZZ"}),
        await browser.post(resend.action, resend.fields),
    ):
        assert page.path == "/recovery/sent"
        assert page.shows("Your password is changed.")
    await browser.click("login")
    page = await browser.submit(password=NEW_PASSWORD)
    assert "code" in page.query
    assert len(await recovery_mails(provider)) == 1


async def test_somebody_else_signed_in_here_stays(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """The login after the recovery is that of the recovered account; the other session goes on."""
    await provider.account("otto@wedos.cz")
    await rp.sign_in(browser, "otto@wedos.cz")
    await browser.open("/recovery")
    await open_form(browser, provider)
    page = await set_password(browser)
    page = await browser.click("login")
    assert page.path == "/login"
    page = await browser.submit(password=NEW_PASSWORD)
    assert page.path == "/account/security"
    assert page.shows(LUCIE)
    page = await browser.open("/select-account")
    assert page.shows("otto@wedos.cz")


async def test_the_old_password_is_gone(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """And the new one works in every browser."""
    await open_form(browser, provider)
    await set_password(browser)
    async with Browser(provider.app, user_agent=CHROME) as other:
        assert (await rp.sign_in(other, password=PASSWORD)).has_error
        assert "code" in (await rp.sign_in(other, password=NEW_PASSWORD)).query
