"""Pages submitted many times at once: one effect, and an answer for everybody."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from typing import Any

import pytest

from idp.accounts.table import accounts
from idp.administration.accounts import set_password
from idp.credentials.otp import code_now
from idp.grants.table import consents, grants
from idp.protocol.pkce import challenge_of
from idp.sessions.table import browser_sessions
from idp.throttling.table import attempt_counters
from tests.concurrency.conftest import EIGHT, Nodes
from tests.support.browser import Browser, Page
from tests.support.provider import OTP_KEY, PASSWORD, Provider
from tests.support.queries import count_rows
from tests.support.relying_party import RelyingParty

_NEW_ACCOUNT = {
    "given_name": "Eva",
    "family_name": "Nová",
    "email": "eva@wedos.cz",
    "phone": "+420601999888",
    "password": "seven herons over the weir",
    "agree": "1",
}


async def submit_at_once(
    browser: Browser, times: int = EIGHT, *, button: str | None = None, **typed: str
) -> list[Page]:
    """The page's form, sent many times before any answer is back."""
    assert browser.page is not None
    form = browser.form(*typed, button=button)
    body = form.fields | typed | (dict([form.buttons[button]]) if button else {})
    return await asyncio.gather(*(browser.post(form.action, body) for _ in range(times)))


def codes_of(pages: list[Page]) -> set[str]:
    return {page.query["code"] for page in pages if "code" in page.query}


@pytest.mark.requirement("AZ-24")
async def test_a_login_submitted_eight_times_gives_one_code(any_provider: Provider, any_browser: Browser) -> None:
    """A nervous hand opens one grant; every answer leads to it or back to the page, and it redeems once."""
    await any_provider.account()
    rp = RelyingParty(any_provider, await any_provider.client())
    await any_browser.open(rp.authorization_url())
    pages = await submit_at_once(any_browser, username="lucie@wedos.cz", password=PASSWORD)
    assert {page.status for page in pages} <= {0, 200, 429}
    (code,) = codes_of(pages)
    assert await count_rows(any_provider.wiring.database, grants) == 1
    assert (await rp.redeem(code)).status_code == 200
    assert (await rp.redeem(code)).status_code == 400


@pytest.mark.requirement("AZ-24")
async def test_a_consent_submitted_eight_times_gives_one_code(any_provider: Provider, any_browser: Browser) -> None:
    """Allowing eight times at once opens one grant and keeps one consent."""
    await any_provider.account()
    rp = RelyingParty(any_provider, await any_provider.client("other", first_party=False))
    page = await rp.sign_in(any_browser)
    assert page.path == "/consent"
    pages = await submit_at_once(any_browser, button="consent-allow")
    assert {page.status for page in pages} == {0}
    (code,) = codes_of(pages)
    database = any_provider.wiring.database
    assert (await count_rows(database, grants), await count_rows(database, consents)) == (1, 1)
    assert (await rp.redeem(code)).status_code == 200
    # Whoever comes back with the old page goes to the application's own page, never to a second code.
    assert codes_of(await submit_late(any_browser, page)) == set()


async def submit_late(browser: Browser, page: Page) -> list[Page]:
    form = next(form for form in page.forms if "consent-allow" in form.buttons)
    return [await browser.post(form.action, form.fields | {"decision": "allow"})]


@pytest.mark.requirement("MF-03", "RM-02")
async def test_an_otp_code_counts_once_in_eight_browsers(nodes: Nodes) -> None:
    """Eight signed-in-by-half browsers at two nodes send the same right code: one of them gets in."""
    provider = nodes[0].provider
    await provider.account("otto@wedos.cz", otp=True)
    async with AsyncExitStack() as stack:
        browsers = [await stack.enter_async_context(Browser(rp.provider.app)) for rp in nodes.eight()]
        for browser, rp in zip(browsers, nodes.eight(), strict=True):
            page = await rp.sign_in(browser, "otto@wedos.cz")
            assert page.path == "/login/otp"
        code = code_now(OTP_KEY, provider.clock.now())
        pages = await asyncio.gather(*(browser.submit(code=code) for browser in browsers))
        assert len(codes_of(pages)) == 1
        assert sum(page.path == "/login/otp" and page.has_error for page in pages) == EIGHT - 1
    database = provider.wiring.database
    assert await count_rows(database, browser_sessions, browser_sessions.c.status == "active") == 1
    assert await count_rows(database, grants) == 1


@pytest.mark.requirement("MF-05")
async def test_wrong_otp_codes_at_once_are_counted_before_they_are_looked_at(nodes: Nodes) -> None:
    """Of twenty guesses at two nodes no more than five are compared; the right code has to wait with everybody."""
    provider = nodes[0].provider
    await provider.account("otto@wedos.cz", otp=True)
    async with Browser(provider.app) as browser:
        await nodes[0].sign_in(browser, "otto@wedos.cz")
        pages = await submit_at_once(browser, 20, code="000000")
        assert {page.status for page in pages} == {200, 429}
        assert (await provider.events()).count("otp_failed") == 5
        page = await browser.submit(code=code_now(OTP_KEY, provider.clock.now()))
        assert (page.path, page.status) == ("/login/otp", 429)


@pytest.mark.requirement("PW-11")
async def test_wrong_passwords_at_once_are_counted_before_they_are_looked_at(
    any_provider: Provider, any_browser: Browser
) -> None:
    """Of twenty wrong passwords at once five are compared at most; the others wait, have a CAPTCHA to solve, or find
    the hashing queue full, which counts for nothing.
    """
    await any_provider.account()
    rp = RelyingParty(any_provider, await any_provider.client())
    await any_browser.open(rp.authorization_url())
    pages = await submit_at_once(any_browser, 20, username="lucie@wedos.cz", password="not her password at all")
    compared = sum(page.shows("The email or password is not right") for page in pages)
    told_to_wait = sum(page.status == 429 for page in pages)
    asked = sum(page.shows("Confirm that you are not a robot") for page in pages)
    busy = sum(page.status == 503 for page in pages)
    assert compared <= 5
    assert compared + told_to_wait + asked + busy == 20
    events = Counter(await any_provider.events())
    assert events["login_failed"] == compared
    assert events["login_blocked"] == told_to_wait


@pytest.mark.requirement("SO-01")
async def test_one_address_registered_eight_times_at_once(nodes: Nodes) -> None:
    """Eight strangers register one address at two nodes: all see the same page, and one account can be proven."""
    provider = nodes[0].provider
    async with AsyncExitStack() as stack:
        browsers = [await stack.enter_async_context(Browser(rp.provider.app)) for rp in nodes.eight()]
        for browser, rp in zip(browsers, nodes.eight(), strict=True):
            await browser.open(rp.authorization_url(prompt="create"))
        pages = await asyncio.gather(*(browser.submit(**_NEW_ACCOUNT) for browser in browsers))
        assert {(page.path, page.status) for page in pages} == {("/verify/email", 200)}
        is_hers = accounts.c.login_email == "eva@wedos.cz"
        assert await count_rows(provider.wiring.database, accounts, is_hers) == 1
        assert len(await _mails_to_eva(nodes)) == 5  # the hourly cap of one address, whatever the mails say
        provider.clock.advance(hours=2)
        await browsers[0].open(nodes[0].authorization_url(prompt="create"))
        await browsers[0].submit(**_NEW_ACCOUNT)
        page = await browsers[0].submit(code=(await _mails_to_eva(nodes))[0]["code"])
        assert page.path == "/verify/phone"
    is_proven = is_hers & accounts.c.email_verified_at.is_not(None)
    assert await count_rows(provider.wiring.database, accounts, is_hers) == 1
    assert await count_rows(provider.wiring.database, accounts, is_proven) == 1


async def _mails_to_eva(nodes: Nodes) -> list[dict[str, Any]]:
    mails = [mail for rp in nodes for mail in await rp.provider.inbox() if mail["to"] == "eva@wedos.cz"]
    return sorted(mails, key=lambda mail: -mail["at"])


@pytest.mark.requirement("RC-13", "RM-02")
async def test_an_email_code_counts_once(any_provider: Provider, any_browser: Browser) -> None:
    """The right code sent eight times at once proves the address once, and opens one grant."""
    rp = RelyingParty(any_provider, await any_provider.client())
    await any_browser.open(rp.authorization_url(prompt="create", code_challenge=challenge_of(rp.verifier)))
    await any_browser.submit(**_NEW_ACCOUNT)
    code = next(mail["code"] for mail in await any_provider.inbox() if mail["to"] == "eva@wedos.cz")
    pages = await submit_at_once(any_browser, code=code)
    assert {page.status for page in pages} <= {0, 200}
    assert (await any_provider.events()).count("email_verified") == 1
    assert await count_rows(any_provider.wiring.database, grants) <= 1


@pytest.mark.requirement("TK-19")
async def test_a_password_that_is_changed_while_it_is_checked_signs_nobody_in(
    any_provider: Provider, any_browser: Browser
) -> None:
    """The old password was hashed against the old digest; by the time it matched, it was no longer the password."""
    account = await any_provider.account()
    rp = RelyingParty(any_provider, await any_provider.client())
    database = any_provider.wiring.database
    new_hash = await any_provider.wiring.hasher.hash("another pond with nine swans")
    await any_browser.open(rp.authorization_url())

    async def change_in_between() -> None:
        # The attempt is counted right before the hashing begins, which takes far longer than a statement.
        while not await count_rows(database, attempt_counters):
            pass
        async with database.writing() as db:
            await set_password(db, any_provider.keys, account, new_hash, origin=any_provider.origin())

    page, _ = await asyncio.gather(
        any_browser.submit(username="lucie@wedos.cz", password=PASSWORD), change_in_between()
    )
    assert page.path == "/login"
    assert await count_rows(database, browser_sessions, browser_sessions.c.status == "active") == 0
