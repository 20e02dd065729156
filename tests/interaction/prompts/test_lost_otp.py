"""OTP without its device: password, mailed link, SMS code and CAPTCHA; what they lead to, and who hears of it."""

import pytest
from sqlalchemy import insert

from idp.credentials import otp_recoveries as recoveries
from idp.credentials.table import otp_keys, otp_recoveries, recovery_codes
from idp.grants.table import grants
from idp.sealing import digest
from idp.sessions.table import browser_sessions
from tests.support.browser import CHROME, Browser
from tests.support.captcha import solved
from tests.support.lost_otp import (
    OTTO,
    OTTOS_PHONE,
    ask,
    give_password,
    links_to,
    objection_links,
    otto,
    prove_mailbox,
    send_code,
    to_the_code,
)
from tests.support.provider import Provider
from tests.support.queries import count_rows
from tests.support.registration import code_sent, wrong
from tests.support.relying_party import RelyingParty, claims_of


@pytest.fixture
async def shop(provider: Provider) -> RelyingParty:
    """Beside Otto's account, which has OTP."""
    await otto(provider)
    return RelyingParty(provider, await provider.client())


async def has_otp(provider: Provider) -> bool:
    return await count_rows(provider.wiring.database, otp_keys, otp_keys.c.status == "active") == 1


async def sms_sent(provider: Provider) -> int:
    return sum(message["channel"] == "sms" for message in await provider.inbox())


@pytest.mark.requirement("MF-15", "MF-10")
async def test_the_whole_way_leads_to_the_application(browser: Browser, provider: Provider, shop: RelyingParty) -> None:
    """F5: password, link, "Send SMS", code; OTP is off, and the tokens claim the password alone."""
    page = await ask(browser, shop)
    assert page.path == "/lost-otp/sent"
    assert page.shows("Click the link within <strong>5 minutes</strong> (until 12:05\u202fPM UTC).")
    mail = next(message for message in await provider.inbox() if message["to"] == OTTO)
    assert mail["subject"] == "Keygate – Deactivate OTP"
    (link,) = await links_to(provider)
    page = await browser.open(link)
    assert page.shows("ot**@we***.c*")
    assert page.shows("+420 ••• ••• 456")
    assert page.shows("Firefox 146, Linux")
    page = await browser.submit(button="send-sms")
    assert page.path == "/lost-otp/code"
    page = await send_code(browser, provider)
    assert page.path == "/lost-otp/done"
    assert page.shows("OTP is now disabled.")
    page = await browser.click("continue")
    claims = claims_of((await shop.redeem(page.query["code"])).json()["id_token"])
    assert (claims["acr"], claims["amr"]) == ("urn:idp:acr:pwd", ["pwd"])
    assert not await has_otp(provider)


@pytest.mark.requirement("MF-10")
async def test_an_application_that_wants_otp_gets_a_new_one_set_up(
    browser: Browser, provider: Provider, shop: RelyingParty
) -> None:
    """After the page that says so, the level that was asked for is still not reached: enrolment follows."""
    await to_the_code(browser, shop, acr_values="urn:idp:acr:otp")
    page = await send_code(browser, provider)
    assert page.path == "/lost-otp/done"
    page = await browser.click("continue")
    assert page.path == "/login/otp/setup"
    assert await count_rows(provider.wiring.database, grants) == 0


@pytest.mark.requirement("MF-16", "RC-24", "LG-08")
async def test_everything_else_ends_and_every_channel_hears_of_it(
    browser: Browser, provider: Provider, shop: RelyingParty
) -> None:
    """Other sessions, all grants and the recovery codes are gone; mail and SMS bring a link; the account is marked."""
    async with Browser(provider.app, user_agent=CHROME) as other:
        old = await shop.tokens(other, OTTO, otp=True)
        database = provider.wiring.database
        async with database.writing() as db:
            account = await provider_account(provider)
            row = {"account_id": account, "digest": digest("x"), "created_at": provider.clock.now()}
            await db.execute(insert(recovery_codes).values(**row))
        await to_the_code(browser, shop)
        await send_code(browser, provider)
        assert (await other.open("/account/security")).path == "/login"
    assert (await shop.refresh(old["refresh_token"])).status_code == 400
    assert await count_rows(database, recovery_codes) == 0
    assert await count_rows(database, browser_sessions, browser_sessions.c.status == "active") == 1
    told = {message["channel"]: message["to"] for message in (await provider.inbox())[:2]}
    assert told == {"mail": OTTO, "sms": OTTOS_PHONE}
    assert set(await objection_links(provider)) == {"mail", "sms"}
    async with database.reading() as db:
        mark = await recoveries.find_last_done(db, account)
    assert mark is not None
    assert mark.done_at == provider.clock.now()
    page = await browser.open("/account/security")
    assert page.shows("On January 15, 2026 it was turned off without its device.")
    events = await provider.events(account_id=account)
    assert {"lost_otp_asked", "lost_otp_mailbox_proven", "verification_sent", "otp_disabled"} <= set(events)


async def provider_account(provider: Provider) -> str:
    async with provider.wiring.database.reading() as db:
        from_row = (await db.execute(otp_keys.select())).one()
    return str(from_row.account_id)


@pytest.mark.requirement("RC-05")
async def test_mail_scanners_spend_nothing(browser: Browser, provider: Provider, shop: RelyingParty) -> None:
    """HEAD and ten GETs, without cookies and with them; then the person's button still works, once."""
    await ask(browser, shop)
    (link,) = await links_to(provider)
    async with Browser(provider.app, user_agent=CHROME) as scanner:
        assert (await scanner.http.head(link)).status_code == 200
        for _ in range(10):
            assert (await scanner.open(link)).status == 200
    for _ in range(2):
        await browser.http.head(link)
        await browser.open(link)
    assert await count_rows(provider.wiring.database, otp_recoveries, otp_recoveries.c.state == "asked") == 1
    assert await sms_sent(provider) == 0
    assert (await browser.submit(button="send-sms")).path == "/lost-otp/code"
    page = await browser.open(link)
    assert page.shows("This link was already used.")
    assert (await browser.click("continue")).path == "/lost-otp/code"
    await send_code(browser, provider)
    page = await browser.open(link)
    assert page.shows("This link was already used.")
    assert "continue" not in page.links


async def test_opening_an_address_sends_nothing(browser: Browser, provider: Provider, shop: RelyingParty) -> None:
    """The buttons' addresses, opened: no mail, no SMS, and a page that makes sense."""
    page = await give_password(browser, shop)
    action = browser.form(button="lost-otp").action
    page = await browser.open(action)
    assert page.shows("Enter the OTP code")
    assert await links_to(provider) == []
    await browser.submit(button="lost-otp")
    await prove_mailbox(browser, provider)
    resend = browser.form(button="resend").action
    for _ in range(3):
        page = await browser.open(resend)
        assert page.shows("Deactivate OTP")
    assert await sms_sent(provider) == 1


async def test_the_mail_is_sent_again_after_a_minute(browser: Browser, provider: Provider, shop: RelyingParty) -> None:
    """Before that the page says how long; pressing the first button twice mails once. Older links stay good."""
    await ask(browser, shop)
    provider.clock.advance(seconds=18)
    page = await browser.submit(button="resend")
    assert page.shows("You can send it again in 42 seconds.")
    await browser.click("back")
    page = await browser.submit(button="lost-otp")
    assert page.path == "/lost-otp/sent"
    assert not page.has_error
    assert len(await links_to(provider)) == 1
    provider.clock.advance(seconds=42)
    page = await browser.submit(button="resend")
    assert page.shows("We have sent the email again.")
    newest, oldest = await links_to(provider)
    assert newest != oldest
    page = await browser.open(oldest)
    assert "send-sms" in page.forms[0].buttons


async def test_so_many_mails_and_no_more(provider: Provider, shop: RelyingParty) -> None:
    """An account's mailbox gets five an hour and ten a day, whoever asks, and the page never tells."""
    sent = list[int]()
    for number in range(30):
        async with Browser(provider.app, address=f"192.0.2.{number}") as browser:
            page = await ask(browser, shop)
            assert (page.path, page.has_error) == ("/lost-otp/sent", False)
            sent.append(len(await links_to(provider)))
        provider.clock.advance(seconds=240)
    # One every four minutes, then as the hour lets go of the oldest, until the day is full.
    assert (sent[4], sent[14], sent[15], sent[29]) == (5, 5, 6, 10)


async def test_sms_are_sent_again_after_a_minute_and_within_limits(
    browser: Browser, provider: Provider, shop: RelyingParty
) -> None:
    """All codes of one recovery work until they expire; the number gets five an hour."""
    await to_the_code(browser, shop)
    first = await code_sent(provider, to=OTTOS_PHONE)
    page = await browser.submit(button="resend")
    assert page.shows("You can send it again in 60 seconds.")
    for _ in range(4):
        provider.clock.advance(seconds=60)
        page = await browser.submit(button="resend")
        assert page.shows("We have sent an SMS with the code.")
    provider.clock.advance(seconds=60)
    page = await browser.submit(button="resend")
    assert page.shows("We have already sent several messages there. Try again in an hour.")
    assert await sms_sent(provider) == 5
    page = await send_code(browser, provider, code=first)
    assert page.path == "/lost-otp/done"


@pytest.mark.requirement("MF-15")
async def test_five_wrong_codes_end_the_attempt(browser: Browser, provider: Provider, shop: RelyingParty) -> None:
    """Over all resends; then the right code does not help, and the page leads back to ask anew."""
    await to_the_code(browser, shop)
    right = await code_sent(provider, to=OTTOS_PHONE)
    for _ in range(3):
        page = await send_code(browser, provider, code=wrong(right))
        assert page.shows("This code is not right.")
    provider.clock.advance(seconds=60)
    await browser.submit(button="resend")
    right = await code_sent(provider, to=OTTOS_PHONE)
    for _ in range(2):
        page = await send_code(browser, provider, code=wrong(right))
    stale = browser.form("code")
    page = await send_code(browser, provider, code=right)
    assert page.shows("Too many wrong codes. Go back and ask for a new message.")
    page = await browser.post(stale.action, stale.fields | {"code": right})
    assert page.shows("This code can no longer be used.")
    assert (await browser.click("again")).path == "/login/otp"
    assert await has_otp(provider)


@pytest.mark.requirement("MF-15")
async def test_without_the_captcha_nothing_happens(browser: Browser, provider: Provider, shop: RelyingParty) -> None:
    """Of another form, made up, or missing: OTP stays on, and the same code works after the wait."""
    await to_the_code(browser, shop)
    code = await code_sent(provider, to=OTTOS_PHONE)
    async with Browser(provider.app, user_agent=CHROME) as other:
        await other.open(shop.authorization_url(prompt="create"))
        assert other.page is not None
        foreign = solved(other.page)
    for captcha in (foreign, {"captcha": "x"}):
        page = await browser.submit(code=code, **captcha)
        assert (page.path, page.has_error) == ("/lost-otp/code", True)
    page = await browser.submit(code=code, captcha="")
    assert page.shows("Please wait 20 seconds")
    assert await has_otp(provider)
    provider.clock.advance(seconds=20)
    page = await browser.click("continue")
    assert (await browser.submit(code=code)).path == "/lost-otp/done"


@pytest.mark.requirement("RC-26")
async def test_an_unverified_phone_is_never_used(browser: Browser, provider: Provider) -> None:
    """The page says so and leads to the contact form; pressing the button all the same sends nothing."""
    await otto(provider, phone_verified=False)
    shop = RelyingParty(provider, await provider.client())
    await ask(browser, shop)
    (link,) = await links_to(provider)
    page = await browser.open(link)
    assert page.shows("There is no phone to send an SMS to")
    assert page.links["contact"] == "/contact?topic=otp"
    token = link.partition("=")[2]
    csrf = page.text.partition('name="csrf" value="')[2].partition('"')[0]
    await browser.post("/lost-otp", {"token": token, "csrf": csrf})
    assert await sms_sent(provider) == 0
    assert await has_otp(provider)


@pytest.mark.requirement("RC-26")
async def test_an_unverified_mailbox_is_never_used(browser: Browser, provider: Provider) -> None:
    """The account has to prove its address first; no link goes there before."""
    await otto(provider, email_verified=False)
    shop = RelyingParty(provider, await provider.client())
    page = await shop.sign_in(browser, OTTO)
    assert page.path == "/verify/email"
    await browser.open(f"/lost-otp/sent?{page.url.partition('?')[2]}")
    assert await links_to(provider) == []


@pytest.mark.requirement("RC-01")
async def test_hostile_headers_steer_neither_link(browser: Browser, provider: Provider, shop: RelyingParty) -> None:
    """Whatever a request says about its host, the mailed link and the one that objects lead to the issuer."""
    hostile = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example", "x-original-url": "//evil.example"}
    browser.http.headers.update(hostile)
    await to_the_code(browser, shop)
    await send_code(browser, provider)
    messages = [message["text"] for message in await provider.inbox()]
    assert any(f"{provider.issuer}/lost-otp?t=" in text for text in messages)
    assert sum(f"{provider.issuer}/object?t=" in text for text in messages) == 2
    assert not any("evil" in text for text in messages)
