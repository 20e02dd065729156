"""The public forms of help: what they ask, what becomes of it, and that they tell nothing."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from idp.support import store as cases
from idp.support.case import Case, CaseKind
from tests.support.browser import FIREFOX, Browser, Page
from tests.support.captcha import solved
from tests.support.clock import MovableClock
from tests.support.desk import give_service
from tests.support.provider import PASSWORD, Provider, running_provider, test_settings

HINT = {"service": "lucie-web.cz", "contact_email": "lucie@elsewhere.cz"}
CHANGE = {"old_email": "lucie@wedos.cz", "new_email": "lucie@new.cz", "phone": "+420 601 123 456"}
CONTACT = {"topic": "other", "contact_email": "lucie@elsewhere.cz", "message": "Where are my invoices?"}


async def send(browser: Browser, path: str, **fields: str) -> Page:
    page = await browser.open(path)
    return await browser.submit(button="help-send", **fields, **solved(page))


async def case_of(provider: Provider, page: Page) -> Case:
    found = re.search(r'id="number">([^<]+)<', page.text)
    assert found, page.text[-1500:]
    async with provider.wiring.database.reading() as db:
        case = await cases.get_by_number(db, found[1])
    assert case is not None
    return case


async def test_hint_is_asked_for_in_a_sentence(provider: Provider, browser: Browser) -> None:
    """The login page leads to the form; the case has the sentence, and its number is on the page and in the mail."""
    await browser.open("/login")
    page = await browser.click("help-login-email")
    assert page.path == "/help/login-email"
    page = await browser.submit(button="help-send", **HINT, **solved(page))
    case = await case_of(provider, page)
    assert (case.kind, case.service, case.contact_email) == (CaseKind.EMAIL_HINT, *HINT.values())
    assert case.message == "I request a hint for my Keygate account login email containing the service (lucie-web.cz)."
    assert page.shows("We answer with a hint such as lu**@we***.c**, usually within 1 working day.")
    mail = (await provider.inbox())[0]
    assert mail["to"] == "lucie@elsewhere.cz"
    assert case.number in mail["text"]


async def test_change_of_the_login_email(provider: Provider, browser: Browser) -> None:
    """Old address, new address and phone become a case; in Czech its sentence is Czech."""
    await browser.open("/help/change-login-email?lang=cs")
    page = await send(browser, "/help/change-login-email", **CHANGE)
    case = await case_of(provider, page)
    assert (case.kind, case.locale, case.phone) == (CaseKind.LOGIN_EMAIL_CHANGE, "cs", "+420601123456")
    assert (case.old_email, case.new_email, case.contact_email) == ("lucie@wedos.cz", "lucie@new.cz", "lucie@new.cz")
    assert case.message.startswith("Žádám o změnu přihlašovacího e-mailu")


@pytest.mark.requirement("AD-24")
async def test_known_and_unknown_services_are_answered_alike(provider: Provider, browser: Browser) -> None:
    """The same page, byte for byte but for the number, whether or not an account has the service."""
    account = await provider.account()
    await give_service(provider, account.id, "lucie-web.cz")
    known = await send(browser, "/help/login-email", **HINT)
    unknown = await send(browser, "/help/login-email", **{**HINT, "service": "nobody.cz"})
    varying = r"[0-9A-Z]{4}-[0-9A-Z]{4}|said=[\w-]+|said%3D[\w-]+|[\w-]{22}"
    assert re.sub(varying, "", known.text) == re.sub(varying, "", unknown.text)
    assert known.status == unknown.status == 200


async def test_errors_keep_what_was_typed(browser: Browser) -> None:
    """Every missing field is named at once, values come back, and nothing stands in the address in plain text."""
    page = await send(browser, "/help/login-email", service="", contact_email="not an address")
    assert page.shows("Enter the name or the number of a service.")
    assert page.shows("Enter an email address like name@example.com.")
    assert 'value="not an address"' in page.text
    assert "address" not in page.url
    page = await send(browser, "/help/change-login-email", **{**CHANGE, "phone": "+420 226 236 112"})
    assert page.shows("This looks like a landline.")
    page = await send(browser, "/help/change-login-email", **{**CHANGE, "new_email": "Lucie@wedos.cz"})
    assert page.shows("This is the address you already have. Enter another one.")
    page = await send(browser, "/contact", topic="", contact_email="", message="x" * 2001)
    assert page.shows("Choose what it is about.")
    assert page.shows("The text is too long. Use at most 2000 characters.")
    page = await send(browser, "/contact", **{**CONTACT, "topic": "hint"})
    assert page.shows("Enter the name or the number of a service.")


@pytest.mark.parametrize(
    ("topic", "kind", "about"),
    [
        ("messages", CaseKind.GENERAL, "messages"),
        ("hint", CaseKind.EMAIL_HINT, "hint"),
        ("otp", CaseKind.OTP_DEACTIVATION, "otp"),
        ("login_email", CaseKind.LOGIN_EMAIL_CHANGE, "email"),
        ("no_channel_otp", CaseKind.NO_CHANNEL_LEFT, "otp"),
        ("no_channel_email", CaseKind.NO_CHANNEL_LEFT, "email"),
        ("other", CaseKind.GENERAL, "other"),
    ],
)
async def test_topic_decides_what_becomes_of_it(
    provider: Provider, browser: Browser, topic: str, kind: CaseKind, about: str
) -> None:
    """Each topic of the contact form is a queue of its own; what is changed to the contact address says so."""
    page = await send(browser, "/contact", **{**CONTACT, "topic": topic, "service": "x.cz"})
    case = await case_of(provider, page)
    assert (case.kind, case.topic, case.message) == (kind, about, CONTACT["message"])
    assert case.new_email == (CONTACT["contact_email"] if about == "email" else "")


async def test_form_needs_its_captcha(provider: Provider, browser: Browser) -> None:
    """Without the proof of work nothing is opened; the same proof counts once."""
    await browser.open("/contact")
    page = await browser.submit(button="help-send", **CONTACT, captcha="")
    assert page.shows("Please wait 20 seconds")
    page = await browser.open("/contact")
    answer = solved(page)
    await browser.submit(button="help-send", **CONTACT, **answer)
    await browser.open("/contact")
    page = await browser.submit(button="help-send", **CONTACT, **answer)
    assert page.has_error
    assert (await provider.events(event="case_opened")).count("case_opened") == 1


async def test_address_may_ask_so_often(sqlite_url: str, tmp_path: Path, clock: MovableClock) -> None:
    """The limit of the setting, then 429 with Retry-After; what was typed is kept."""
    settings = test_settings(sqlite_url, tmp_path / "var", help_address_limit="2/hour")
    async with running_provider(settings, clock) as provider, Browser(provider.app) as browser:
        for _ in range(2):
            assert (await send(browser, "/contact", **CONTACT)).shows("We have your request")
        page = await send(browser, "/contact", **CONTACT)
        assert (page.status, page.headers["retry-after"]) == (429, "3600")
        assert page.shows("Too many attempts. Try again in 60 minutes.")
        assert CONTACT["message"] in page.text
        clock.advance(hours=1)
        assert (await send(browser, "/contact", **CONTACT)).shows("We have your request")


async def test_signed_in_person_is_known(provider: Provider, browser: Browser) -> None:
    """The form is filled in, and the case is about the account."""
    account = await provider.account()
    await browser.open("/login")
    await browser.submit(username="lucie@wedos.cz", password=PASSWORD)
    page = await browser.open("/contact?topic=other")
    assert page.text.count('value="lucie@wedos.cz"') == 2
    page = await browser.submit(button="help-send", topic="other", message="Hello", **solved(page))
    case = await case_of(provider, page)
    assert (case.account_id, case.contact_email) == (account.id, "lucie@wedos.cz")


async def test_page_that_was_open_for_long_is_shown_again(provider: Provider, browser: Browser) -> None:
    """A form of another device's token does nothing; it comes back with what was typed."""
    page = await browser.open("/contact")
    page = await browser.submit(button="help-send", **CONTACT, csrf="stale", **solved(page))
    assert page.shows("This page was open for a long time. Please send it again.")
    assert CONTACT["message"] in page.text
    assert "case_opened" not in await provider.events()


async def test_number_is_for_the_browser_that_asked(provider: Provider, browser: Browser) -> None:
    """The address of the answer shows another browser an empty form: no number, and nothing typed."""
    page = await send(browser, "/contact", **CONTACT)
    case = await case_of(provider, page)
    async with Browser(provider.app, user_agent=FIREFOX) as other:
        seen = await other.open(page.url)
        assert case.number not in seen.text
        assert 'id="message"' in seen.text


async def test_contact_from_the_phone_page(provider: Provider, browser: Browser) -> None:
    """The number, masked, and the time of the request come along, sealed; a made-up address brings nothing."""
    await provider.account(phone_verified=False)
    await browser.open("/login")
    await browser.submit(username="lucie@wedos.cz", password=PASSWORD)
    await browser.submit(button="send-sms")
    asked = provider.clock.now()
    provider.clock.advance(minutes=2)
    page = await browser.click("contact")
    assert page.path == "/contact"
    assert page.shows("+420 ••• ••• 456")
    assert '<option value="messages" selected>' in page.text
    fields = {"topic": "messages", "contact_email": "lucie@elsewhere.cz", "message": "Nothing came."}
    page = await browser.submit(button="help-send", **fields, **solved(page))
    case = await case_of(provider, page)
    moment = datetime.fromtimestamp(asked, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    assert case.message == f"[{moment} +420 ••• ••• 456]\nNothing came."
    forged = await browser.open("/contact?about=+420000000000")
    assert 'id="about"' not in forged.text


async def test_help_pages_lead_to_one_another(browser: Browser) -> None:
    """Advice first, then the form."""
    page = await browser.open("/help/messages")
    assert page.status == 200
    page = await browser.click("contact")
    assert '<option value="messages" selected>' in page.text
    await browser.open("/help/change-login-email")
    page = await browser.click("no-channel")
    assert '<option value="no_channel_email" selected>' in page.text
