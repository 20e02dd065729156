"""The code and the link in the verification mail: which of them proves the address, where, and how often."""

import pytest

from idp.accounts import store as accounts
from tests.support.browser import CHROME, Browser
from tests.support.provider import PASSWORD, Provider
from tests.support.registration import EVA, code_sent, fill_in_registration, newest, register, wrong
from tests.support.relying_party import RelyingParty


async def is_verified(provider: Provider, email: str = EVA) -> bool:
    async with provider.wiring.database.reading() as db:
        account = await accounts.find_by_email(db, email)
    return account is not None and account.email_is_verified


async def start(browser: Browser, *, url: str = "/login", email: str = EVA) -> None:
    """Registers as far as the page that waits for the code."""
    await browser.open(url)
    page = await fill_in_registration(browser, email=email)
    assert page.path == "/verify/email"


async def test_the_code_signs_in_and_leads_to_the_phone(browser: Browser, provider: Provider) -> None:
    """Spaces in a pasted code do not matter."""
    await start(browser)
    code = await code_sent(provider, to=EVA)
    page = await browser.submit(code=f" {code[:3]} {code[3:]} ")
    assert page.path == "/verify/phone"
    assert page.shows("Your email is confirmed.")


@pytest.mark.parametrize(
    ("typed", "message"), [("", "Enter the code."), ("12345", "must be 6 digits"), ("1234567", "must be 6 digits")]
)
async def test_what_is_no_code_costs_no_try(browser: Browser, provider: Provider, typed: str, message: str) -> None:
    """Six such forms later the real code still works."""
    await start(browser)
    for _ in range(6):
        page = await browser.submit(has="code", code=typed)
        assert page.shows(message)
    page = await browser.submit(code=await code_sent(provider, to=EVA))
    assert page.path == "/verify/phone"


@pytest.mark.requirement("RC-13")
async def test_five_wrong_codes_end_all_codes_of_the_mail(browser: Browser, provider: Provider) -> None:
    """The right one does not work any more, resent ones included in the count; a new address starts anew."""
    await start(browser)
    code = await code_sent(provider, to=EVA)
    for _ in range(3):
        page = await browser.submit(code=wrong(code))
        assert page.shows("This code is not right.")
    provider.clock.advance(seconds=61)
    await browser.submit(button="resend")
    newer = await code_sent(provider, to=EVA)
    for _ in range(2):
        await browser.submit(code=wrong(newer) if wrong(newer) != code else wrong(code))
    for spent in (code, newer):
        page = await browser.submit(code=spent)
        assert page.shows("Too many wrong codes.")
    assert not await is_verified(provider)


@pytest.mark.requirement("RC-13")
async def test_a_code_expires_and_an_older_one_works_until_then(browser: Browser, provider: Provider) -> None:
    """After fifteen minutes the page says so; of two codes the younger one still works."""
    await start(browser)
    first = await code_sent(provider, to=EVA)
    provider.clock.advance(minutes=14)
    await browser.submit(button="resend")
    second = await code_sent(provider, to=EVA)
    provider.clock.advance(minutes=1)
    page = await browser.submit(code=first)
    assert page.shows("This code has expired.")
    page = await browser.submit(code=second)
    assert page.path == "/verify/phone"


@pytest.mark.requirement("RC-15")
async def test_resend_waits_a_minute_and_says_so(browser: Browser, provider: Provider) -> None:
    """Within 60 seconds nothing is sent and the wait is named; then a new code comes, and the old one works too."""
    await start(browser)
    first = await code_sent(provider, to=EVA)
    provider.clock.advance(seconds=18)
    page = await browser.submit(button="resend")
    assert page.shows("You can send it again in 42 seconds.")
    assert len(await provider.inbox()) == 1
    provider.clock.advance(seconds=42)
    page = await browser.submit(button="resend")
    assert page.shows("We have sent a new code.")
    assert len(await provider.inbox()) == 2
    page = await browser.submit(code=first)
    assert page.path == "/verify/phone"


@pytest.mark.requirement("RC-15")
async def test_one_address_gets_five_mails_an_hour(browser: Browser, provider: Provider) -> None:
    """The sixth is refused, whoever asks; an hour later it goes on."""
    await start(browser)
    for _ in range(4):
        provider.clock.advance(seconds=61)
        await browser.submit(button="resend")
    provider.clock.advance(seconds=61)
    page = await browser.submit(button="resend")
    assert page.has_error
    async with Browser(provider.app, address="203.0.113.9") as other:
        await start(other)
    assert len(await provider.inbox()) == 5
    provider.clock.advance(hours=1)
    await browser.submit(button="resend")
    assert len(await provider.inbox()) == 6


async def test_opening_the_sending_address_sends_nothing(browser: Browser, provider: Provider) -> None:
    """Reload and Back may come as often as they like: only the button sends."""
    await start(browser)
    assert browser.page is not None
    for _ in range(5):
        await browser.open(browser.page.url)
    await browser.open(browser.form(button="resend").action)
    assert len(await provider.inbox()) == 1


@pytest.mark.requirement("RC-05")
async def test_mail_scanners_spend_nothing(browser: Browser, provider: Provider) -> None:
    """HEAD, many GETs and a scanner with cookies of its own change nothing; the person's button does."""
    await start(browser)
    link = (await newest(provider, to=EVA))["links"][0]
    async with Browser(provider.app, user_agent="scanner/1.0") as scanner:
        for _ in range(5):
            assert (await scanner.http.head(link)).status_code == 200
            assert (await scanner.http.get(link)).status_code == 200
    assert not await is_verified(provider)
    async with Browser(provider.app, user_agent=CHROME) as phone:
        page = await phone.open(link)
        assert page.shows("ev*@ex*****.c*")
        page = await phone.submit(button="confirm-email")
        assert (page.path, page.status) == ("/verify/email/confirmed", 200)
    assert await is_verified(provider)


async def test_the_link_works_on_another_device_and_the_first_one_goes_on(
    browser: Browser, provider: Provider, rp: RelyingParty
) -> None:
    """Only the device that registered is signed in; "I clicked the link" tells it."""
    await start(browser, url=rp.authorization_url())
    page = await browser.submit(button="clicked-link")
    assert page.path == "/verify/email"
    assert page.has_error
    link = (await newest(provider, to=EVA))["links"][0]
    async with Browser(provider.app, user_agent=CHROME) as phone:
        await phone.open(link)
        await phone.submit(button="confirm-email")
        page = await phone.open("/account/security")
        assert page.path == "/login"
        page = await phone.open(link)
        assert page.shows("This link was already used.")
    page = await browser.submit(button="clicked-link")
    assert page.path == "/verify/phone"


async def test_the_link_works_in_the_same_browser_too(browser: Browser, provider: Provider) -> None:
    """The tab that waits goes on, with the code of the same mail as well."""
    await start(browser)
    message = await newest(provider, to=EVA)
    assert browser.page is not None
    waiting = browser.page
    await browser.open(message["links"][0])
    await browser.submit(button="confirm-email")
    browser.page = waiting
    page = await browser.submit(code=message["code"])
    assert page.path == "/verify/phone"


async def test_an_expired_or_made_up_link_says_so(browser: Browser, provider: Provider) -> None:
    """And proves nothing, also if its form was opened in time."""
    await start(browser)
    link = (await newest(provider, to=EVA))["links"][0]
    await browser.open(link)
    provider.clock.advance(minutes=15)
    page = await browser.submit(button="confirm-email")
    assert page.shows("This link has expired.")
    for made_up in ("/verify/email/link", "/verify/email/link?t=abc", "/verify/email/link?t=%00%ff" + "x" * 500):
        page = await browser.open(made_up)
        assert page.shows("This link has expired.")
    assert not await is_verified(provider)


@pytest.mark.requirement("WE-06")
async def test_a_foreign_page_cannot_press_the_links_button(browser: Browser, provider: Provider) -> None:
    """Without our form the link's page is shown again; an odd token in it is no way out of this origin."""
    await start(browser)
    link = (await newest(provider, to=EVA))["links"][0]
    token = link.partition("t=")[2]
    for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        page = await browser.post("/verify/email/link", {"token": token, "csrf": "x.y"}, **headers)
        assert page.path == "/verify/email/link"
    for odd in ("//evil.example", "\r\nLocation: https://evil.example", "é", "a&b"):
        answer = await browser.http.post("/verify/email/link", data={"token": odd})
        assert answer.headers["location"].startswith("/verify/email/link")
    assert not await is_verified(provider)


async def test_change_email_corrects_a_mistyped_address(browser: Browser, provider: Provider) -> None:
    """The code goes to the new address; the old one proves nothing any more."""
    await start(browser, email="evva@example.cz")
    old = await newest(provider, to="evva@example.cz")
    page = await browser.click("change-email")
    assert page.path == "/verify/email/change"
    page = await browser.submit(email="evva@example.cz")
    assert page.shows("This is the address you already have.")
    page = await browser.submit(email="nonsense")
    assert page.shows("Enter an email address like")
    page = await browser.submit(email=EVA)
    assert page.path == "/verify/email"
    assert page.shows(EVA)
    page = await browser.submit(code=old["code"])
    assert page.path == "/verify/email"
    async with Browser(provider.app) as other:
        await other.open(old["links"][0])
        await other.submit(button="confirm-email")
    assert not await is_verified(provider)
    page = await browser.submit(code=await code_sent(provider, to=EVA))
    assert page.path == "/verify/phone"
    assert await is_verified(provider)


@pytest.mark.requirement("SO-01")
async def test_changing_to_a_known_address_tells_nothing_and_takes_nothing(
    browser: Browser, provider: Provider, rp: RelyingParty
) -> None:
    """The page is the same, the owner is told, and no code exists that would give the account away."""
    await start(browser)
    await browser.click("change-email")
    page = await browser.submit(email="lucie@wedos.cz")
    assert page.path == "/verify/email"
    assert page.shows("lucie@wedos.cz")
    message = await newest(provider, to="lucie@wedos.cz")
    assert (message["code"], message["links"]) == (None, message["links"])
    assert "/verify/email/link" not in message["text"]
    page = await browser.submit(button="clicked-link")
    assert page.path == "/verify/email"


@pytest.mark.requirement("AZ-18")
async def test_the_waiting_page_is_worth_nothing_elsewhere(
    browser: Browser, provider: Provider, rp: RelyingParty
) -> None:
    """On another device its address is the beginning of a login; nothing of the registration can be gone on with."""
    await start(browser, url=rp.authorization_url())
    assert browser.page is not None
    stolen, resend = browser.page.url, browser.form(button="resend").action
    code = await code_sent(provider, to=EVA)
    async with Browser(provider.app, user_agent=CHROME) as thief:
        page = await thief.open(stolen)
        assert page.path == "/login"
        assert not page.shows(EVA)
        csrf = page.forms[0].fields["csrf"]
        provider.clock.advance(seconds=61)
        for body in ({"code": code}, {"clicked": "1"}):
            page = await thief.post(stolen, body | {"csrf": csrf})
            assert page.path == "/login"
        await thief.post(resend, {"csrf": csrf})
        assert len(await provider.inbox()) == 1
    assert not await is_verified(provider)
    page = await browser.submit(code=code)
    assert page.path == "/verify/phone"


@pytest.mark.requirement("AZ-26")
async def test_an_old_page_of_a_registration_is_no_password(provider: Provider, browser: Browser) -> None:
    """After the sign-out, Back and "I clicked the link" (or the used code) lead to the login page, nowhere else."""
    await start(browser)
    assert browser.page is not None
    old, code = browser.page, await code_sent(provider, to=EVA)
    await browser.submit(code=code)
    await browser.open("/logout")
    await browser.submit(button="logout-confirm")
    for form in ({"clicked": "1"}, {"code": code}):
        page = await browser.post(old.url, old.forms[0].fields | form)
        assert page.path == "/login"
        assert page.forms[0].fields["username"] == EVA
        page = await browser.open("/account/security")
        assert page.path == "/login"


@pytest.mark.requirement("AZ-26")
async def test_a_registration_does_not_outlive_its_password(provider: Provider, browser: Browser) -> None:
    """Whoever registered with somebody's address gains nothing once its owner has set a password of their own."""
    await start(browser)
    async with Browser(provider.app, user_agent=CHROME) as owner:
        await owner.open((await newest(provider, to=EVA))["links"][0])
        await owner.submit(button="confirm-email")
    provider.clock.advance(seconds=1)
    await provider.set_password(EVA, "the owner chose this one")
    page = await browser.submit(button="clicked-link")
    assert page.path == "/login"
    page = await browser.open("/account/security")
    assert page.path == "/login"


async def test_an_abandoned_registration_goes_on_after_the_next_login(
    provider: Provider, browser: Browser, rp: RelyingParty
) -> None:
    """The right password leads to the step that is missing; nothing is sent before the button is pressed."""
    await start(browser)
    async with Browser(provider.app, user_agent=CHROME) as later:
        await later.open(rp.authorization_url())
        page = await later.submit(username=EVA, password=PASSWORD)
        assert page.path == "/verify/email"
        assert len(await provider.inbox()) == 1
        page = await later.open("/account/security")
        assert page.path == "/verify/email"
        provider.clock.advance(seconds=61)
        await later.submit(button="resend")
        page = await later.submit(code=await code_sent(provider, to=EVA))
        assert page.path == "/verify/phone"


async def test_a_second_registration_in_the_same_browser_works(provider: Provider, browser: Browser) -> None:
    """What the browser knows of the first account does not stand in the way of another."""
    await register(browser, provider)
    await browser.open("/logout")
    await browser.submit(button="logout-confirm")
    page = await register(browser, provider, email="iva@example.cz", phone="+420602000111")
    assert page.path == "/register/done"
