"""Changing the phone in the account centre: proof first, then the code, then the number; and everybody is told."""

import asyncio

import pytest
from sqlalchemy import update

from idp.accounts import store as accounts
from idp.accounts.account import Account
from idp.administration.accounts import end_sessions
from idp.credentials.otp import code_now
from idp.sessions.table import browser_sessions
from tests.support.browser import CHROME, Browser, Page
from tests.support.provider import OTP_KEY, PASSWORD, Provider
from tests.support.registration import code_sent, newest, wrong
from tests.support.relying_party import RelyingParty

LUCIE = "lucie@wedos.cz"
OLD, NEW = "+420601123456", "+420602111222"
PHONE, CODE, SEND, CONFIRM = "/account/phone", "/account/phone/code", "/account/phone/send", "/account/confirm"


async def phone_of(provider: Provider, email: str = LUCIE) -> Account:
    async with provider.wiring.database.reading() as db:
        account = await accounts.find_by_email(db, email)
    assert account is not None
    return account


async def ask(browser: Browser, phone: str = NEW) -> Page:
    """From Account Security to the answer to the new number."""
    await browser.open("/account/security")
    await browser.click("change-phone")
    return await browser.submit(phone=phone)


async def sms_to(provider: Provider, phone: str) -> list[str]:
    return [message["text"] for message in await provider.inbox() if message["to"] == phone]


@pytest.mark.requirement("RC-17", "RC-18", "RC-20")
async def test_the_new_number_is_proven_before_it_counts(
    browser: Browser, provider: Provider, rp: RelyingParty
) -> None:
    """The old one stays until the code is right; then mailbox and old number are told, and the log knows."""
    await rp.sign_in(browser)
    page = await ask(browser, "00420 602 111 222")
    assert page.path == CODE
    assert page.shows("+420 602 111 222")
    assert (await phone_of(provider)).phone == OLD
    page = await browser.submit(code=wrong(await code_sent(provider, to=NEW)))
    assert page.shows("This code is not right.")
    assert (await phone_of(provider)).phone == OLD
    assert await sms_to(provider, OLD) == []
    page = await browser.submit(code=await code_sent(provider, to=NEW))
    assert page.path == "/account/security"
    assert page.shows("Your phone number is changed.")
    account = await phone_of(provider)
    assert (account.phone, account.phone_verified_at) == (NEW, provider.clock.now())
    (told,) = await sms_to(provider, OLD)
    assert "phone number" in told
    assert "phone number" in (await newest(provider, to=LUCIE))["subject"]
    events = await provider.events()
    assert {"phone_changed", "phone_verified"} <= set(events)


@pytest.mark.requirement("RC-17")
async def test_a_number_that_cannot_be_it_is_refused_with_a_reason(
    browser: Browser, provider: Provider, rp: RelyingParty
) -> None:
    """Nothing, a landline, a typing error, the same number: each has its own sentence, and the value stays."""
    await rp.sign_in(browser)
    for typed, message in (
        ("", "Enter your phone number."),
        ("+420 226 236 112", "This looks like a landline."),
        ("601", "Enter a phone number like +420 601 123 456."),
        ("+420 601 123 456", "This is the number you already have."),
    ):
        page = await ask(browser, typed)
        assert page.path == PHONE
        assert page.shows(message)
        assert browser.form("phone").fields["phone"] == typed
    assert await sms_to(provider, OLD) == []


@pytest.mark.requirement("SE-12", "RC-18", "SE-01")
async def test_an_old_login_is_asked_for_the_password(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """Six minutes after it: the page that asks, its refusals, and the form with its value again."""
    await rp.sign_in(browser)
    provider.clock.advance(minutes=6)
    page = await ask(browser)
    assert page.path == CONFIRM
    assert "code" not in browser.form("password").names
    page = await browser.submit(password="not the password")
    assert page.path == CONFIRM
    assert page.shows("The password is not right.")
    before = browser.http.cookies["session"]
    provider.clock.advance(minutes=9)
    page = await browser.submit(password=PASSWORD)
    assert page.path == PHONE
    assert page.shows("Thank you. Now send the form again.")
    assert browser.form("phone").fields["phone"] == NEW
    assert browser.http.cookies["session"] != before
    page = await browser.submit(phone=NEW)
    assert page.path == CODE
    assert "confirmation_failed" in await provider.events()


@pytest.mark.requirement("SE-12", "RC-18", "MF-07")
async def test_an_account_with_otp_proves_both(browser: Browser, provider: Provider) -> None:
    """Password and a code that is not spent, each refusal its own; five misses wait."""
    await provider.account(otp=True)
    rp = RelyingParty(provider, await provider.client())
    await rp.sign_in(browser, otp=True)
    spent = code_now(OTP_KEY, provider.clock.now())
    provider.clock.advance(minutes=6)
    page = await ask(browser)
    assert browser.form("password").names >= {"password", "code"}
    code = code_now(OTP_KEY, provider.clock.now())
    for password, typed, message in (
        (PASSWORD, "", "This code is not right."),
        (PASSWORD, spent, "This code is not right."),
        ("wrong", code, "The password is not right."),
    ):
        page = await browser.submit(has="password", password=password, code=typed)
        assert page.shows(message)
    page = await browser.submit(password=PASSWORD, code=code)
    assert page.path == PHONE
    provider.clock.advance(minutes=6)
    page = await ask(browser)
    page = await browser.submit(password=PASSWORD, code=code)
    assert page.has_error
    for _ in range(5):
        page = await browser.submit(password="wrong", code="123456")
    page = await browser.submit(password=PASSWORD, code=code_now(OTP_KEY, provider.clock.now()))
    assert page.shows("Too many attempts.")


@pytest.mark.requirement("RC-18")
async def test_a_session_without_a_password_changes_no_number(
    browser: Browser, provider: Provider, rp: RelyingParty
) -> None:
    """Whoever was let in by an SMS alone holds the old phone, and nothing else: the password is asked for."""
    await rp.sign_in(browser)
    async with provider.wiring.database.writing() as db:
        await db.execute(update(browser_sessions).values(evidence={}))
    page = await ask(browser)
    assert page.path == CONFIRM
    page = await browser.open(CODE)
    assert page.path == PHONE
    assert await sms_to(provider, NEW) == []


@pytest.mark.requirement("MF-11")
async def test_half_a_login_changes_no_number(browser: Browser, provider: Provider) -> None:
    """Between password and OTP none of the pages is there."""
    await provider.account(otp=True)
    rp = RelyingParty(provider, await provider.client())
    page = await rp.sign_in(browser)
    csrf = page.forms[0].fields["csrf"]
    for path in (PHONE, CODE, SEND, CONFIRM):
        assert (await browser.open(path)).path == "/login/otp"
        page = await browser.post(path, {"csrf": csrf, "phone": NEW, "code": "123456", "password": PASSWORD})
        assert page.path == "/login/otp"
    assert (await phone_of(provider)).phone == OLD


@pytest.mark.requirement("SE-09")
async def test_the_change_ends_other_sessions_and_tokens(
    browser: Browser, provider: Provider, rp: RelyingParty
) -> None:
    """A phone is a way back in: whoever else was in is out, and this session has a new id."""
    tokens = await rp.tokens(browser)
    async with Browser(provider.app, user_agent=CHROME) as other:
        await rp.sign_in(other)
        await ask(browser)
        before = browser.http.cookies["session"]
        page = await browser.submit(code=await code_sent(provider, to=NEW))
        assert page.path == "/account/security"
        assert browser.http.cookies["session"] != before
        assert (await other.open("/account/security")).path == "/login"
    assert (await rp.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


@pytest.mark.requirement("RC-15")
async def test_only_the_button_sends_and_it_waits_a_minute(
    browser: Browser, provider: Provider, rp: RelyingParty
) -> None:
    """Reloads and opened addresses send nothing; a resend after 60 s does, and the older code works too."""
    await rp.sign_in(browser)
    await ask(browser)
    first = await code_sent(provider, to=NEW)
    for path in (PHONE, CODE, SEND) * 2:
        await browser.open(path)
    await browser.open(CODE)
    provider.clock.advance(seconds=59)
    page = await browser.submit(button="resend")
    assert page.shows("You can send it again in 1 second.")
    page = await ask(browser)
    assert page.shows("You can send it again in 1 second.")
    assert len(await sms_to(provider, NEW)) == 1
    provider.clock.advance(seconds=1)
    await browser.open(CODE)
    page = await browser.submit(button="resend")
    assert page.shows("We have sent an SMS with the code.")
    assert len(await sms_to(provider, NEW)) == 2
    page = await browser.submit(code=first)
    assert page.path == "/account/security"


@pytest.mark.requirement("RC-13")
async def test_five_wrong_codes_and_ten_minutes(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """Then the number has to be entered again: it stands in the form."""
    await rp.sign_in(browser)
    await ask(browser)
    code = await code_sent(provider, to=NEW)
    for _ in range(5):
        page = await browser.submit(code=wrong(code))
        assert page.shows("This code is not right.")
    page = await browser.submit(code=code)
    assert page.path == PHONE
    assert page.shows("Too many wrong codes.")
    assert browser.form("phone").fields["phone"] == NEW
    provider.clock.advance(seconds=60)
    await browser.submit(phone=NEW)
    late = await code_sent(provider, to=NEW)
    provider.clock.advance(minutes=10)
    page = await browser.submit(code=late)
    assert page.path == PHONE
    assert page.shows("The code is too old, or the change was stopped.")
    assert (await phone_of(provider)).phone == OLD


@pytest.mark.requirement("RC-14")
async def test_a_code_fits_its_own_account_browser_and_change(
    browser: Browser, provider: Provider, rp: RelyingParty
) -> None:
    """Not another browser of the same person, not another account, and not an older wish."""
    await provider.account("petr@wedos.cz", phone="+420602555666")
    await rp.sign_in(browser)
    await ask(browser)
    first = await code_sent(provider, to=NEW)
    async with Browser(provider.app) as elsewhere, Browser(provider.app) as petr:
        for other, email in ((elsewhere, LUCIE), (petr, "petr@wedos.cz")):
            await rp.sign_in(other, email)
            page = await other.open(PHONE)
            page = await other.post(CODE, {"csrf": page.forms[0].fields["csrf"], "code": first})
            assert page.path == PHONE
    await ask(browser, "+420602333444")
    page = await browser.submit(code=first)
    assert page.shows("This code is not right.")
    assert (await phone_of(provider)).phone == OLD


@pytest.mark.parametrize("how", ["password", "sessions"])
async def test_a_change_that_waits_dies_with_the_access(
    browser: Browser, provider: Provider, rp: RelyingParty, how: str
) -> None:
    """After a new password or "sign out everywhere" the code that is on its way changes nothing."""
    await rp.sign_in(browser)
    await ask(browser)
    code = await code_sent(provider, to=NEW)
    if how == "password":
        await provider.set_password(LUCIE, PASSWORD)
    else:
        async with provider.wiring.database.writing() as db:
            await end_sessions(db, provider.keys, await phone_of(provider), origin=provider.origin())
    await rp.sign_in(browser)
    page = await browser.open(PHONE)
    page = await browser.post(CODE, {"csrf": page.forms[0].fields["csrf"], "code": code})
    assert page.shows("The code is too old, or the change was stopped.")
    assert (await phone_of(provider)).phone == OLD


@pytest.mark.requirement("RC-20")
async def test_no_field_marks_a_number_as_proven(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """Whatever else a form says about the phone is not read."""
    await rp.sign_in(browser)
    page = await browser.open(PHONE)
    flags = {"phone_verified": "1", "phone_verified_at": "1", "phone_number_verified": "true", "is_proven": "1"}
    await browser.post(PHONE, page.forms[0].fields | {"phone": NEW} | flags)
    page = await browser.open(CODE)
    await browser.post(CODE, page.forms[0].fields | {"code": "123456", "phone": NEW} | flags)
    assert (await phone_of(provider)).phone == OLD


@pytest.mark.requirement("RM-02", "RC-13")
async def test_a_code_sent_twenty_times_changes_the_number_once(any_provider: Provider) -> None:
    """On both databases: one change, one SMS to the old number, one mail."""
    await any_provider.account()
    rp = RelyingParty(any_provider, await any_provider.client())
    async with Browser(any_provider.app) as browser:
        await rp.sign_in(browser)
        await ask(browser)
        form = browser.form("code")
        body = form.fields | {"code": await code_sent(any_provider, to=NEW)}
        pages = await asyncio.gather(*(browser.post(form.action, body) for _ in range(20)))
    assert {page.status for page in pages} == {200}
    assert (await any_provider.events()).count("phone_changed") == 1
    assert len(await sms_to(any_provider, OLD)) == 1


async def test_an_account_changes_its_number_five_times_a_day(
    browser: Browser, provider: Provider, rp: RelyingParty
) -> None:
    """Nobody sends SMS to number after number; the next day it goes on."""
    await rp.sign_in(browser)
    for last in range(6):
        page = await ask(browser, f"+42060211122{last}")
        assert page.path == (CODE if last < 5 else PHONE)
    assert page.shows("Too many attempts.")


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example/x", "/\\evil.example", "/account/../login", "/login", CONFIRM, ""],
)
async def test_the_way_back_is_a_page_of_the_account(
    browser: Browser, provider: Provider, rp: RelyingParty, wanted: str
) -> None:
    """Whatever else stands in `next` leads to Account Security."""
    await rp.sign_in(browser)
    provider.clock.advance(minutes=6)
    page = await browser.open(f"{CONFIRM}?next={wanted}")
    assert page.path == CONFIRM
    assert page.links["back"] == "/account/security"
    page = await browser.submit(password=PASSWORD)
    assert page.path == "/account/security"
    page = await browser.open(f"{CONFIRM}?next={wanted}")
    assert page.path == "/account/security"
