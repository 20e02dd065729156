"""Recovery codes used many times at once, at two nodes, on both databases."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from idp.credentials.otp import code_now
from idp.credentials.recovery_codes import new_codes, take_display
from idp.credentials.table import recovery_codes
from idp.sessions.table import browser_sessions
from tests.concurrency.conftest import Nodes
from tests.support.browser import Browser
from tests.support.provider import OTP_KEY, PASSWORD, Provider
from tests.support.queries import count_rows

TWENTY = 20
OTTO = "otto@wedos.cz"
USED = "/login/recovery-code/used"
is_spent = recovery_codes.c.spent_at.is_not(None)


@pytest.mark.requirement("MF-13", "RM-02")
async def test_a_recovery_code_counts_once_in_twenty_browsers(nodes: Nodes) -> None:
    """Twenty signed-in-by-half browsers at two nodes send the same code: one of them gets in."""
    provider = nodes[0].provider
    codes = await provider.recovery_codes(await provider.account(OTTO, otp=True))
    async with AsyncExitStack() as stack:
        callers = [nodes[number % 2] for number in range(TWENTY)]
        browsers = [await stack.enter_async_context(Browser(rp.provider.app)) for rp in callers]
        for browser, rp in zip(browsers, callers, strict=True):
            await rp.sign_in(browser, OTTO)
            await browser.click("use-recovery-code")
        pages = await asyncio.gather(*(browser.submit(recovery_code=codes[0]) for browser in browsers))
    assert [page.path for page in pages].count(USED) == 1
    assert {page.status for page in pages} <= {200, 429}
    database = provider.wiring.database
    assert await count_rows(database, recovery_codes, is_spent) == 1
    assert await count_rows(database, browser_sessions, browser_sessions.c.status == "active") == 1


@pytest.mark.requirement("MF-14")
async def test_one_sign_in_spends_one_of_ten_codes_sent_at_once(nodes: Nodes) -> None:
    """One browser sends all ten codes in the same moment: one is spent, the others stay good."""
    provider = nodes[0].provider
    codes = await provider.recovery_codes(await provider.account(OTTO, otp=True))
    async with Browser(provider.app) as browser, Browser(nodes[1].provider.app) as twin:
        await nodes[0].sign_in(browser, OTTO)
        await browser.click("use-recovery-code")
        form = browser.form("recovery_code")
        for cookie in browser.http.cookies.jar:
            twin.set_cookie(cookie.name, cookie.value or "")
        await asyncio.gather(
            *(
                (browser, twin)[number % 2].post(form.action, form.fields | {"recovery_code": code})
                for number, code in enumerate(codes)
            )
        )
    assert await count_rows(provider.wiring.database, recovery_codes, is_spent) == 1


@pytest.mark.requirement("MF-13")
async def test_codes_made_eight_times_at_once_are_one_set(any_provider: Provider, any_browser: Browser) -> None:
    """One OTP code makes one set, however often the form is sent."""
    await any_provider.account(OTTO, otp=True)
    await any_browser.open("/login")
    await any_browser.submit(username=OTTO, password=PASSWORD)
    await any_browser.submit(code=code_now(OTP_KEY, any_provider.clock.now()))
    any_provider.clock.advance(seconds=30)
    await any_browser.open("/account/security/recovery-codes")
    form = any_browser.form("code")
    typed = {"password": PASSWORD, "code": code_now(OTP_KEY, any_provider.clock.now())}
    await asyncio.gather(*(any_browser.post(form.action, form.fields | typed) for _ in range(8)))
    assert (await any_provider.events()).count("recovery_codes_made") == 1
    assert await count_rows(any_provider.wiring.database, recovery_codes) == 10


@pytest.mark.requirement("MF-13")
async def test_a_set_is_shown_once_of_twenty_times(any_provider: Provider) -> None:
    """Twenty who hold the address of the page at once: one sees the codes."""
    account = await any_provider.account(OTTO, otp=True)
    codes = await any_provider.recovery_codes(account)
    keys, now = any_provider.keys, any_provider.clock.now()

    async def take(wanted: tuple[str, ...]) -> bool:
        async with any_provider.wiring.database.writing() as db:
            return await take_display(db, keys, account.id, codes=wanted, now=now)

    assert not await take(new_codes())
    assert sum(await asyncio.gather(*(take(codes) for _ in range(TWENTY)))) == 1
