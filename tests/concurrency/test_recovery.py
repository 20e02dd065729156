"""A password recovery raced: one password, one winner, a bounded number of guesses and of mails."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from idp.accounts.table import accounts
from idp.credentials.reset_links import find_by_link
from idp.credentials.table import passwords
from idp.grants.table import grants
from idp.sessions.table import browser_sessions
from tests.concurrency.conftest import EIGHT, Nodes
from tests.concurrency.test_pages import submit_at_once
from tests.support.browser import Browser
from tests.support.captcha import solved
from tests.support.provider import Provider
from tests.support.queries import count_rows
from tests.support.recovery import LUCIE, NEW_PASSWORD, ask, mailed_code, open_form, recovery_mails, set_password
from tests.support.relying_party import RelyingParty

_TWENTY = 20


@pytest.mark.requirement("RC-03", "RM-02")
async def test_twenty_new_passwords_at_once_are_one(any_provider: Provider, any_browser: Browser) -> None:
    """Twenty different ones through one open form: one is the password, and the owner is told once."""
    await any_provider.account(phone=None)
    rp = RelyingParty(any_provider, await any_provider.client())
    await open_form(any_browser, any_provider)
    form = any_browser.form("new_password")
    wanted = [f"{number} herons over the weir" for number in range(10, 10 + _TWENTY)]
    pages = await asyncio.gather(
        *(
            any_browser.post(form.action, form.fields | {"new_password": each, "new_password_again": each})
            for each in wanted
        )
    )
    done = [password for password, page in zip(wanted, pages, strict=True) if page.path == "/recovery/done"]
    # Whoever was turned away for want of a place may read by then that the link is used, too.
    late = [page for page in pages if page.status != 503 and page.path != "/recovery/done"]
    assert len(done) == 1
    assert all(page.shows("This link was already used.") for page in late)
    assert len(late) > 1
    assert (await any_provider.events()).count("password_recovered") == 1
    assert sum("was changed" in mail["text"] for mail in await any_provider.inbox()) == 1
    page = await rp.sign_in(any_browser, password=done[0])
    assert "code" in page.query


@pytest.mark.requirement("RC-03", "RM-02")
async def test_link_and_code_raced_at_two_nodes(nodes: Nodes) -> None:
    """Four forms opened by the link and four by the code, spread over both nodes: one of them sets the password."""
    provider = nodes[0].provider
    async with Browser(provider.app) as browser:
        await ask(browser)
        page = await browser.submit(code=await mailed_code(provider))
        by_code = browser.form("new_password")
        page = await browser.open((await recovery_mails(provider))[0])
        by_link = browser.form("new_password")
        assert page.path == "/recovery/new-password"
        others = [await _same_browser(browser, node.provider) for node in nodes.eight()]
        body = {"new_password": NEW_PASSWORD, "new_password_again": NEW_PASSWORD}
        pages = await asyncio.gather(
            *(
                other.post(form.action, form.fields | body)
                for other, form in zip(others, [by_code, by_link] * (EIGHT // 2), strict=True)
            )
        )
        for other in others:
            await other.http.aclose()
    assert sum(page.path == "/recovery/done" for page in pages) == 1
    assert (await provider.events()).count("password_recovered") == 1


async def _same_browser(browser: Browser, provider: Provider) -> Browser:
    """The same cookies at another node."""
    other = Browser(provider.app)
    other.set_cookie("device", browser.http.cookies["device"])
    return other


@pytest.mark.requirement("RC-13")
async def test_guesses_at_once_share_five_tries(any_provider: Provider, any_browser: Browser) -> None:
    """Of fifty wrong codes at once five are compared; the right one comes too late then."""
    await any_provider.account()
    await ask(any_browser)
    code = await mailed_code(any_provider)
    pages = await submit_at_once(any_browser, 50, code="ZZZZZZZZ")
    assert sum(page.shows("This code is not right.") for page in pages) == 5
    assert sum(page.shows("Too many wrong codes.") for page in pages) == 45
    page = await any_browser.submit(code=code)
    assert page.shows("Too many wrong codes.")


@pytest.mark.requirement("RC-11")
async def test_requests_at_once_mail_no_more_than_three(nodes: Nodes) -> None:
    """Twenty browsers at two nodes ask for one account in the same moment: three mails, and one link that works."""
    provider = nodes[0].provider
    async with AsyncExitStack() as stack:
        apps = [nodes[number % 2].provider.app for number in range(_TWENTY)]
        browsers = [await stack.enter_async_context(Browser(app)) for app in apps]
        for browser in browsers:
            await browser.open("/recovery")
        pages = await asyncio.gather(
            *(browser.submit(username=LUCIE, **solved(browser.page)) for browser in browsers if browser.page)
        )
    assert {(page.path, page.status) for page in pages} == {("/recovery/sent", 200)}
    links = {link for node in nodes for link in await recovery_mails(node.provider)}
    assert len(links) == 3
    async with provider.wiring.database.reading() as db:
        found = [await find_by_link(db, link.partition("t=")[2], provider.clock.now()) for link in links]
    assert sum(not isinstance(each, str) for each in found) == 1


@pytest.mark.requirement("TK-19", "RC-09")
async def test_a_login_with_the_old_password_in_the_same_moment(any_provider: Provider, any_browser: Browser) -> None:
    """Whichever is first: afterwards no session and no grant lives that the old password had opened."""
    await any_provider.account()
    rp = RelyingParty(any_provider, await any_provider.client())
    await open_form(any_browser, any_provider)
    async with AsyncExitStack() as stack:
        thieves = [await stack.enter_async_context(Browser(any_provider.app)) for _ in range(4)]
        for thief in thieves:
            await thief.open(rp.authorization_url())
        await asyncio.gather(
            set_password(any_browser),
            *(thief.submit(username=LUCIE, password="five quiet lakes under snow") for thief in thieves),
        )
    is_live = browser_sessions.c.status != "ended"
    assert await count_rows(any_provider.wiring.database, browser_sessions, is_live) == 0
    assert await count_rows(any_provider.wiring.database, grants, grants.c.state != "revoked") == 0
    assert await count_rows(any_provider.wiring.database, passwords) == 1
    assert await count_rows(any_provider.wiring.database, accounts) == 1


@pytest.mark.requirement("RC-10")
async def test_a_request_and_a_new_password_in_the_same_moment(any_provider: Provider, any_browser: Browser) -> None:
    """Either the newer request voids the open form, or the password is set and the newer link is void, never both."""
    await any_provider.account(phone=None)
    await open_form(any_browser, any_provider)
    async with Browser(any_provider.app) as other:
        other_page = await other.open("/recovery")
        page, _ = await asyncio.gather(set_password(any_browser), other.submit(username=LUCIE, **solved(other_page)))
    if page.path == "/recovery/done":
        assert (await any_provider.events()).count("password_recovered") == 1
    else:
        assert page.shows("This link has expired.")
        assert "password_recovered" not in await any_provider.events()
