"""Turning a lost OTP off, and objecting to it, many times at once: one effect each, on both databases."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack

import pytest

from idp.credentials.table import one_time_codes, otp_keys, otp_recoveries
from idp.messaging.table import outbox
from idp.support.table import objections, support_cases
from tests.concurrency.test_pages import submit_at_once
from tests.support.browser import CHROME, Browser
from tests.support.captcha import answer_to
from tests.support.lost_otp import OTTO, OTTOS_PHONE, give_password, links_to, objection_links, otto, to_the_code
from tests.support.provider import Provider
from tests.support.queries import count_rows
from tests.support.registration import code_sent
from tests.support.relying_party import RelyingParty

TWENTY = 20


@pytest.fixture
async def shop(any_provider: Provider) -> RelyingParty:
    """Beside Otto's account, which has OTP."""
    await otto(any_provider)
    return RelyingParty(any_provider, await any_provider.client())


async def challenges(browser: Browser) -> list[str]:
    """Each form sent has solved a CAPTCHA of its own, so that the race is about the code."""
    solved = []
    for _ in range(TWENTY):
        solved.append(answer_to((await browser.http.get("/captcha?for=lost_otp")).text))
    return solved


@pytest.mark.requirement("MF-15", "RM-02")
async def test_the_last_step_counts_once(any_provider: Provider, any_browser: Browser, shop: RelyingParty) -> None:
    """The right code sent twenty times at once: OTP goes off once, with one notice on each channel."""
    await to_the_code(any_browser, shop)
    form = any_browser.form("code")
    body = form.fields | {"code": await code_sent(any_provider, to=OTTOS_PHONE)}
    answers = await challenges(any_browser)
    pages = await asyncio.gather(*(any_browser.post(form.action, body | {"captcha": answer}) for answer in answers))
    assert {page.status for page in pages} <= {0, 200}
    database = any_provider.wiring.database
    assert await count_rows(database, otp_keys) == 0
    assert await count_rows(database, otp_recoveries, otp_recoveries.c.state == "done") == 1
    assert (await any_provider.events()).count("otp_disabled") == 1
    assert await count_rows(database, outbox, outbox.c.kind == "otp_recovered") == 2
    assert await count_rows(database, objections) == 1


@pytest.mark.requirement("MF-15")
async def test_five_guesses_at_once_and_no_more(
    any_provider: Provider, any_browser: Browser, shop: RelyingParty
) -> None:
    """Of twenty wrong codes five are compared; the right one comes too late."""
    await to_the_code(any_browser, shop)
    form = any_browser.form("code")
    right = await code_sent(any_provider, to=OTTOS_PHONE)
    wrong = [f"{(int(right) + guess) % 10**6:06}" for guess in range(1, TWENTY + 1)]
    answers = await challenges(any_browser)
    bodies = [form.fields | {"code": code, "captcha": answer} for code, answer in zip(wrong, answers, strict=True)]
    await asyncio.gather(*(any_browser.post(form.action, body) for body in bodies))
    database = any_provider.wiring.database
    assert await count_rows(database, one_time_codes, one_time_codes.c.attempts > 5) == 0
    last = answer_to((await any_browser.http.get("/captcha?for=lost_otp")).text)
    await any_browser.post(form.action, form.fields | {"code": right, "captcha": last})
    assert await count_rows(database, otp_keys) == 1


async def test_send_sms_pressed_eight_times_sends_one(
    any_provider: Provider, any_browser: Browser, shop: RelyingParty
) -> None:
    """A nervous hand costs one SMS, and every answer leads to the code or back to the link's page."""
    await give_password(any_browser, shop)
    pages = await submit_at_once(any_browser, button="lost-otp")
    assert {page.path for page in pages} == {"/lost-otp/sent"}
    (link,) = await links_to(any_provider)
    await any_browser.open(link)
    pages = await submit_at_once(any_browser, button="send-sms")
    assert {page.path for page in pages} <= {"/lost-otp/code", "/lost-otp"}
    database = any_provider.wiring.database
    assert await count_rows(database, outbox, outbox.c.channel == "sms") == 1
    assert (await any_provider.events()).count("lost_otp_mailbox_proven") == 1


async def test_eight_browsers_ask_at_once_for_one_account(any_provider: Provider, shop: RelyingParty) -> None:
    """Eight half logins of one account ask in the same second: its mailbox gets one link."""
    async with AsyncExitStack() as stack:
        browsers = [await stack.enter_async_context(Browser(any_provider.app)) for _ in range(8)]
        for browser in browsers:
            await give_password(browser, shop)
        pages = await asyncio.gather(*(browser.submit(button="lost-otp") for browser in browsers))
    assert Counter(page.path for page in pages) == {"/lost-otp/sent": 8}
    assert len(await links_to(any_provider)) == 1


async def test_an_objection_counts_once(any_provider: Provider, any_browser: Browser, shop: RelyingParty) -> None:
    """The link of the mail and of the SMS, pressed eight times at once: one lock, one case, and the page says so."""
    await to_the_code(any_browser, shop)
    form = any_browser.form("code")
    answer = answer_to((await any_browser.http.get("/captcha?for=lost_otp")).text)
    code = await code_sent(any_provider, to=OTTOS_PHONE)
    await any_browser.post(form.action, form.fields | {"code": code, "captcha": answer})
    links = await objection_links(any_provider)
    async with Browser(any_provider.app, user_agent=CHROME) as owner:
        await owner.open(links["sms"])
        pages = await submit_at_once(owner, button="object")
    assert all(page.shows("The account is locked") for page in pages)
    assert (await any_provider.events()).count("account_locked") == 1
    database = any_provider.wiring.database
    assert await count_rows(database, support_cases, support_cases.c.contact_email == OTTO) == 1
