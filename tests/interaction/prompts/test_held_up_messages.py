"""A code that does not leave: the page says so, and goes on by itself when the gateway is back."""

from collections.abc import AsyncIterator

import pytest

from idp.messaging.sms import SmsGateway, SmsRequest
from idp.messaging.smtp import SmtpGateway, SmtpServer
from tests.messaging.sms_provider import LOST, SmsProvider
from tests.support.browser import Browser, Page
from tests.support.gateways import send_through, unused_port
from tests.support.provider import Provider
from tests.support.registration import fill_in_registration
from tests.support.relying_party import RelyingParty

TOLD = "We could not send the SMS. Try again in a minute."


@pytest.fixture
async def shop(provider: Provider, sms_provider: SmsProvider) -> RelyingParty:
    """Beside an account whose phone is not proven, in an installation with a real SMS gateway."""
    send_through(provider, sms=SmsGateway(SmsRequest(sms_provider.url, timeout=0.3)))
    await provider.account(phone_verified=False)
    return RelyingParty(provider, await provider.client())


@pytest.fixture
async def sms_provider() -> AsyncIterator[SmsProvider]:
    """Answers as a test scripts it."""
    async with SmsProvider().running() as provider:
        yield provider


async def ask_for_an_sms(browser: Browser, rp: RelyingParty) -> Page:
    await rp.sign_in(browser)
    page = await browser.submit(button="send-sms")
    assert page.shows("We have sent an SMS with the code.")
    return page


async def test_a_gateway_that_is_down_is_told_until_it_is_back(
    browser: Browser, provider: Provider, shop: RelyingParty
) -> None:
    """The page waits for nobody; a reload tells what became of the SMS, which is tried again by itself."""
    down = SmsGateway(SmsRequest(f"http://127.0.0.1:{unused_port()}/", timeout=0.3))
    working = provider.wiring.outbox
    send_through(provider, sms=down)
    page = await ask_for_an_sms(browser, shop)
    await provider.wiring.outbox.deliver_due()
    page = await browser.open(page.url)
    assert page.shows(TOLD)
    assert not page.shows("We have sent")
    provider.wiring.outbox = working
    provider.clock.advance(seconds=30)
    await working.deliver_due()
    page = await browser.open(page.url)
    assert not page.shows(TOLD)
    assert page.shows("We have sent a code to")


@pytest.mark.parametrize("answer", [(LOST, ""), (400, "no credit"), (500, "oops")])
async def test_an_sms_that_failed_is_told(
    browser: Browser, provider: Provider, shop: RelyingParty, sms_provider: SmsProvider, answer: tuple[int, str]
) -> None:
    """Lost, refused or put off: the page says so, and a minute later the person sends another one, which arrives."""
    sms_provider.answers.append(answer)
    page = await ask_for_an_sms(browser, shop)
    await provider.wiring.outbox.deliver_due()
    page = await browser.open(page.url)
    assert page.shows(TOLD)
    provider.clock.advance(seconds=61)
    page = await browser.submit(button="resend")
    await provider.wiring.outbox.deliver_due()
    page = await browser.open(page.url)
    assert not page.shows(TOLD)


async def test_a_gateway_that_keeps_failing_is_told_at_once(
    browser: Browser, provider: Provider, shop: RelyingParty, sms_provider: SmsProvider
) -> None:
    """After five failures the breaker is open: the sixth person reads it before the SMS was even tried."""
    sms_provider.answers.extend([(LOST, "")] * 5)
    for number in range(5):
        await provider.account(f"person{number}@wedos.cz", phone=f"+42060111122{number}", phone_verified=False)
        async with Browser(provider.app) as person:
            await shop.sign_in(person, f"person{number}@wedos.cz")
            await person.submit(button="send-sms")
            await provider.wiring.outbox.deliver_due()
    await shop.sign_in(browser)
    page = await browser.submit(button="send-sms")
    assert page.shows(TOLD)
    assert len(sms_provider.requests) == 5
    provider.clock.advance(seconds=30)
    await provider.wiring.outbox.deliver_due()
    page = await browser.open(page.url)
    assert not page.shows(TOLD)


@pytest.mark.parametrize("is_known", [False, True])
async def test_mail_is_told_alike_for_known_and_unknown_addresses(
    browser: Browser, provider: Provider, is_known: bool
) -> None:
    """The page of a registration tells of the failing mail whether or not the address has an account."""
    if is_known:
        await provider.account("eva@example.cz")
    server = SmtpServer(host="localhost", port=unused_port(), timeout=0.3)
    send_through(provider, mail=SmtpGateway(server, sender="a@example.com", message_host="localhost"))
    await browser.open("/login")
    page = await fill_in_registration(browser, email="eva@example.cz")
    assert page.path == "/verify/email"
    await provider.wiring.outbox.deliver_due()
    page = await browser.open(page.url)
    assert page.shows("We could not send the message. Try again in a minute.")
    assert page.shows("We are sending a code to")
