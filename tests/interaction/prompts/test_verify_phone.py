"""The SMS code: sent by the button alone, for the account's own number, which can be corrected."""

from pathlib import Path

import pytest

from idp.accounts import store as accounts
from idp.credentials.otp import code_now
from tests.support.browser import Browser, Page
from tests.support.clock import MovableClock
from tests.support.provider import OTP_KEY, PASSWORD, Provider, running_provider, test_settings
from tests.support.registration import code_sent, fill_in_registration, wrong
from tests.support.relying_party import RelyingParty

PHONE = "+420601123456"


@pytest.fixture
async def shop(provider: Provider) -> RelyingParty:
    """Beside an account whose phone is not proven yet."""
    await provider.account(phone_verified=False)
    return RelyingParty(provider, await provider.client())


async def sign_in(browser: Browser, rp: RelyingParty) -> Page:
    page = await rp.sign_in(browser)
    assert page.path == "/verify/phone"
    return page


async def test_the_login_asks_for_the_proof_of_the_phone(
    browser: Browser, provider: Provider, shop: RelyingParty
) -> None:
    """F2.6: the number is masked, "Send SMS" sends it, the code leads to the application."""
    page = await sign_in(browser, shop)
    assert page.shows("+420 ••• ••• 456")
    page = await browser.submit(button="send-sms")
    page = await browser.submit(code=await code_sent(provider, to=PHONE))
    assert "code" in page.query


@pytest.mark.requirement("RC-15")
async def test_reloading_sends_nothing(browser: Browser, provider: Provider, shop: RelyingParty) -> None:
    """Five reloads before and after the button are one SMS; the button waits a minute for the second."""
    page = await sign_in(browser, shop)
    for _ in range(5):
        await browser.open(page.url)
    send = browser.form(button="send-sms").action
    assert len([m for m in await provider.inbox() if m["channel"] == "sms"]) == 0
    page = await browser.submit(button="send-sms")
    for _ in range(5):
        await browser.open(page.url)
        await browser.open(send)
    await browser.open(page.url)
    provider.clock.advance(seconds=59)
    page = await browser.submit(button="resend")
    assert page.shows("You can send it again in 1 second.")
    assert len([m for m in await provider.inbox() if m["channel"] == "sms"]) == 1


@pytest.mark.requirement("RC-17")
async def test_the_number_can_be_corrected(browser: Browser, provider: Provider, shop: RelyingParty) -> None:
    """Landlines and typing errors are told apart; the new number gets the code, and has to be proven itself."""
    await sign_in(browser, shop)
    await browser.click("change-phone")
    for typed, message in (
        ("", "Enter your phone number."),
        ("+420 226 236 112", "This looks like a landline."),
        ("601", "Enter a phone number like +420 601 123 456."),
        (PHONE, "This is the number you already have."),
    ):
        page = await browser.submit(phone=typed)
        assert page.path == "/verify/phone/change"
        assert page.shows(message)
    page = await browser.submit(phone="00420 602 111 222")
    assert page.path == "/verify/phone"
    assert page.shows("+420 ••• ••• 222")
    page = await browser.submit(button="send-sms")
    page = await browser.submit(code=await code_sent(provider, to="+420602111222"))
    assert "code" in page.query
    inbox = await provider.inbox()
    assert not [message for message in inbox if message["to"] == PHONE and message["code"]]
    assert [m for m in inbox if m["channel"] == "mail" and "phone" in m["subject"].lower()]


@pytest.mark.requirement("SE-12")
async def test_an_old_login_changes_no_number_without_the_password(
    browser: Browser, provider: Provider, shop: RelyingParty
) -> None:
    """Six minutes after the login the password is asked for again; a wrong one changes nothing and is counted."""
    await sign_in(browser, shop)
    provider.clock.advance(minutes=6)
    page = await browser.click("change-phone")
    assert "password" in browser.form("phone").names
    page = await browser.submit(phone="+420602111222", password="not the password")
    assert page.shows("The password is not right.")
    form = browser.form("phone")
    page = await browser.post(form.action, {"csrf": form.fields["csrf"], "phone": "+420602111222"})
    assert page.shows("The password is not right.")
    for _ in range(3):
        await browser.submit(phone="+420602111222", password="not the password")
    page = await browser.submit(phone="+420602111222", password=PASSWORD)
    assert page.status == 429
    provider.clock.advance(seconds=60)
    page = await browser.submit(phone="+420602111222", password=PASSWORD)
    assert page.path == "/verify/phone"


@pytest.mark.requirement("SE-12", "MF-07")
async def test_an_old_login_with_otp_changes_no_number_without_both(browser: Browser, provider: Provider) -> None:
    """An account with OTP is asked for the code as well; the code works once."""
    account = await provider.account(otp=True, phone_verified=False)
    rp = RelyingParty(provider, await provider.client())
    await rp.sign_in(browser, otp=True)
    provider.clock.advance(minutes=6)
    page = await browser.click("change-phone")
    assert browser.form("phone").names >= {"password", "code"}
    page = await browser.submit(phone="+420602111222", password=PASSWORD)
    assert page.has_error
    code = code_now(OTP_KEY, provider.clock.now())
    page = await browser.submit(phone="+420602111222", password=PASSWORD, code=wrong(code))
    assert page.shows("This code is not right.")
    page = await browser.submit(phone="+420602111222", password=PASSWORD, code=code)
    assert page.path == "/verify/phone"
    await browser.click("change-phone")
    page = await browser.submit(phone="+420602333444", password=PASSWORD, code=code)
    assert page.shows("This code was already used.")
    async with provider.wiring.database.reading() as db:
        found = await accounts.find(db, account.id)
    assert found is not None
    assert found.phone == "+420602111222"


@pytest.mark.requirement("MF-11", "MF-07", "AZ-26")
async def test_the_password_alone_changes_no_number_of_an_account_with_otp(
    browser: Browser, provider: Provider
) -> None:
    """Between the password and the OTP code neither page of the phone can be reached, opened or posted to."""
    account = await provider.account(otp=True, phone_verified=False)
    rp = RelyingParty(provider, await provider.client())
    page = await rp.sign_in(browser)
    assert page.path == "/login/otp"
    csrf, query = page.forms[0].fields["csrf"], page.url.partition("?")[2]
    for path in ("/verify/phone", "/verify/phone/send", "/verify/phone/change"):
        page = await browser.open(f"{path}?{query}")
        assert page.path == "/login/otp"
        page = await browser.post(f"{path}?{query}", {"csrf": csrf, "phone": "+420602111222", "code": "123456"})
        assert page.path == "/login/otp"
    async with provider.wiring.database.reading() as db:
        found = await accounts.find(db, account.id)
    assert found is not None
    assert found.phone == PHONE
    assert await provider.inbox() == []


@pytest.mark.requirement("RC-13")
async def test_five_wrong_codes_and_ten_minutes(browser: Browser, provider: Provider, shop: RelyingParty) -> None:
    """An SMS code dies after five wrong tries, and after ten minutes."""
    await sign_in(browser, shop)
    await browser.submit(button="send-sms")
    code = await code_sent(provider, to=PHONE)
    for _ in range(5):
        page = await browser.submit(code=wrong(code))
    page = await browser.submit(code=code)
    assert page.shows("Too many wrong codes.")
    async with Browser(provider.app) as other:
        await shop.sign_in(other)
        await other.submit(button="send-sms")
        late = await code_sent(provider, to=PHONE)
        provider.clock.advance(minutes=10)
        page = await other.submit(code=late)
        assert page.shows("This code has expired.")


@pytest.mark.requirement("RC-14")
async def test_a_code_fits_only_its_own_account_and_browser(
    browser: Browser, provider: Provider, shop: RelyingParty
) -> None:
    """The code of one person's SMS proves nothing for another, nor for the same person in another browser."""
    await provider.account("petr@wedos.cz", phone="+420602555666", phone_verified=False)
    await sign_in(browser, shop)
    await browser.submit(button="send-sms")
    lucies = await code_sent(provider, to=PHONE)
    async with Browser(provider.app) as petr, Browser(provider.app) as elsewhere:
        await shop.sign_in(petr, "petr@wedos.cz")
        await petr.submit(button="send-sms")
        page = await petr.submit(code=lucies)
        assert page.shows("This code is not right.")
        await shop.sign_in(elsewhere)
        provider.clock.advance(seconds=61)
        await elsewhere.submit(button="send-sms")
        page = await elsewhere.submit(code=lucies)
        assert page.shows("This code is not right.")
    page = await browser.submit(code=lucies)
    assert "code" in page.query


async def test_a_proven_phone_is_not_asked_for_again(provider: Provider, shop: RelyingParty) -> None:
    """Neither here nor in another browser."""
    async with Browser(provider.app) as browser:
        await sign_in(browser, shop)
        await browser.submit(button="send-sms")
        await browser.submit(code=await code_sent(provider, to=PHONE))
    async with Browser(provider.app) as browser:
        page = await shop.sign_in(browser)
        assert "code" in page.query


async def test_an_account_changes_its_number_five_times_a_day(
    browser: Browser, provider: Provider, shop: RelyingParty
) -> None:
    """Nobody sends SMS to number after number; the next day it goes on."""
    await sign_in(browser, shop)
    for last in range(6):
        await browser.click("change-phone")
        page = await browser.submit(phone=f"+42060211122{last}")
        assert page.path == ("/verify/phone" if last < 5 else "/verify/phone/change")
    assert page.status == 429
    provider.clock.advance(hours=24)
    await sign_in(browser, shop)
    await browser.click("change-phone")
    page = await browser.submit(phone="+420602111225")
    assert page.path == "/verify/phone"


async def test_one_address_sends_so_many_messages_only(sqlite_url: str, tmp_path: Path, clock: MovableClock) -> None:
    """SMS have a budget per address, changes of the email have the limit of registrations, whoever asks."""
    settings = test_settings(sqlite_url, tmp_path / "var", registration_address_limit="2/hour", sms_address_budget=2)
    async with running_provider(settings, clock) as provider, Browser(provider.app) as browser:
        rp = RelyingParty(provider, await provider.client())
        for number in range(3):
            await provider.account(f"person{number}@wedos.cz", phone=f"+42060111122{number}", phone_verified=False)
            async with Browser(provider.app) as person:
                await rp.sign_in(person, f"person{number}@wedos.cz")
                page = await person.submit(button="send-sms")
                assert page.status == (200 if number < 2 else 429)
        assert len([message for message in await provider.inbox() if message["channel"] == "sms"]) == 2
        await browser.open("/login")
        await fill_in_registration(browser)
        for name, status in (("a", 200), ("b", 429)):
            await browser.click("change-email")
            page = await browser.submit(email=f"{name}@example.cz")
            assert page.status == status
