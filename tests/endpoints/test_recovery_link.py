"""The link of a password recovery: where it works, what opening it does (nothing), and what it says elsewhere."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.settings import UserAgentPolicy
from tests.support.browser import CHROME, FIREFOX, Browser
from tests.support.clock import MovableClock
from tests.support.database_digest import digest_of
from tests.support.provider import Provider, running_provider, test_settings
from tests.support.recovery import LUCIE, ask, mailed_link, open_form, recovery_mails, set_password
from tests.support.relying_party import RelyingParty

SCANNER = "Mozilla/5.0 (compatible; MailScanner/3.1)"


@pytest.fixture(autouse=True)
async def _account(rp: RelyingParty) -> None:
    """The account that is recovered."""
    assert rp.client.id == "shop"


@pytest.mark.requirement("RC-04")
async def test_the_link_works_in_the_browser_that_asked_only(provider: Provider, browser: Browser) -> None:
    """Elsewhere a page explains and shows who asked; nothing is spent, and the first browser still gets through."""
    await ask(browser)
    link = await mailed_link(provider)
    async with Browser(provider.app, user_agent=CHROME) as other:
        page = await other.open(link)
        assert page.path == "/recovery/reset"
        assert page.shows("Open this link on the device and in the browser where you asked for it.")
        assert page.shows("Asked from: Firefox on Linux, 12:00")
        assert LUCIE not in page.text
        page = await other.click("ask-again")
        assert page.path == "/recovery"
    page = await browser.open(link)
    assert page.path == "/recovery/new-password"
    assert (await set_password(browser)).path == "/recovery/done"


@pytest.mark.requirement("RC-05")
async def test_scanners_change_nothing(provider: Provider, browser: Browser) -> None:
    """HEAD, ten GETs, a GET by a visitor with cookies of its own: the database stays as it was, the owner gets in."""
    await ask(browser)
    link = await mailed_link(provider)
    before = await digest_of(provider.wiring.database)
    async with Browser(provider.app, user_agent=SCANNER) as scanner:
        assert (await scanner.http.head(link)).status_code == 200
        for _ in range(10):
            assert "new_password" not in (await scanner.open(link)).text
        await scanner.open("/login")
        await scanner.open(link)
    # The owner's own browser may load it ahead of the click, too.
    await browser.http.head(link)
    await browser.open(link)
    await browser.open(link)
    assert await digest_of(provider.wiring.database) == before
    page = await browser.open(link)
    assert page.path == "/recovery/new-password"
    assert (await set_password(browser)).path == "/recovery/done"


@pytest.mark.requirement("RC-06")
async def test_neither_the_link_nor_the_cookie_alone_opens_anything(provider: Provider, browser: Browser) -> None:
    """A copied User-Agent and network address do not stand in for the cookie; the cookie has 256 bits and no mail."""
    await ask(browser)
    link = await mailed_link(provider)
    cookie = browser.http.cookies["device"]
    assert len(cookie) == 43
    assert all(cookie not in mail["text"] for mail in await provider.inbox())
    async with Browser(provider.app, user_agent=FIREFOX, address="192.0.2.1") as thief:
        assert (await thief.open(link)).path == "/recovery/reset"
    async with Browser(provider.app) as thief:
        thief.set_cookie("device", cookie)
        page = await thief.open("/recovery/new-password")
        assert page.path == "/login"
        page = await thief.open("/recovery/reset?t=" + "x" * 43)
        assert page.shows("This link has expired.")


@pytest.mark.requirement("RC-06")
async def test_a_copied_cookie_in_another_kind_of_browser_is_another_browser(
    provider: Provider, browser: Browser
) -> None:
    """On top of the cookie the rule of sessions: an update passes, another browser does not, and spends nothing."""
    await ask(browser)
    link = await mailed_link(provider)
    browser.change_to(CHROME)
    page = await browser.open(link)
    assert page.shows("Open this link on the device and in the browser where you asked for it.")
    browser.change_to(FIREFOX.replace("146", "147"))
    page = await browser.open(link)
    assert page.path == "/recovery/new-password"
    browser.change_to(CHROME)
    page = await set_password(browser)
    assert page.shows("Another device or browser")
    browser.change_to(FIREFOX.replace("146", "147"))
    await browser.open(link)
    assert (await set_password(browser)).path == "/recovery/done"


async def test_a_policy_that_is_off_leaves_the_cookie(sqlite_url: str, tmp_path: Path, clock: MovableClock) -> None:
    """`IDP_USER_AGENT_POLICY=off`: the device decides alone."""
    settings = test_settings(sqlite_url, tmp_path / "lax", user_agent_policy=UserAgentPolicy.OFF)
    async with running_provider(settings, clock) as provider, Browser(provider.app) as browser:
        await provider.account("lax@wedos.cz")
        await ask(browser, "lax@wedos.cz")
        browser.change_to(CHROME)
        page = await browser.open(await mailed_link(provider, "lax@wedos.cz"))
        assert page.path == "/recovery/new-password"


@pytest.mark.requirement("RC-03")
@pytest.mark.parametrize(("minutes", "path"), [(29, "/recovery/new-password"), (30, "/recovery/reset")])
async def test_the_link_works_for_thirty_minutes(provider: Provider, browser: Browser, minutes: int, path: str) -> None:
    """Then a page says so and offers a new one."""
    await ask(browser)
    link = await mailed_link(provider)
    provider.clock.advance(minutes=minutes)
    page = await browser.open(link)
    assert page.path == path
    if minutes == 30:
        assert page.shows("This link has expired.")
        assert (await browser.click("ask-again")).path == "/recovery"


@pytest.mark.requirement("RC-03")
async def test_the_form_ends_with_its_link(provider: Provider, browser: Browser) -> None:
    """A form that was opened in time and sent too late sets nothing."""
    await open_form(browser, provider)
    provider.clock.advance(minutes=30)
    page = await set_password(browser)
    assert page.shows("This link has expired.")
    assert "password_recovered" not in await provider.events()


@pytest.mark.requirement("RC-03")
async def test_a_used_link_says_so_everywhere(provider: Provider, browser: Browser) -> None:
    """In the browser that asked and in any other one; its form, gone back to, sets no second password."""
    page = await open_form(browser, provider)
    form_url = page.url
    await set_password(browser)
    link = (await recovery_mails(provider))[0]
    page = await browser.open(link)
    assert page.shows("This link was already used.")
    async with Browser(provider.app, user_agent=CHROME) as other:
        assert (await other.open(link)).shows("This link was already used.")
        assert (await other.click("login")).path == "/login"
    page = await browser.open(form_url)
    assert page.shows("This link was already used.")
    page = await browser.click("login")
    assert browser.form("username").fields["username"] == LUCIE


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "x" * 4000, "%00", "ž", "../../etc"])
async def test_a_garbled_link_looks_like_an_old_one(provider: Provider, browser: Browser, token: str) -> None:
    """It says nothing about whether there ever was such a link."""
    page = await browser.open(f"/recovery/reset?t={token}")
    assert page.status == 200
    assert page.shows("This link has expired.")
    assert provider.issuer


async def test_a_locked_account_has_no_working_link(provider: Provider, browser: Browser) -> None:
    """One that was mailed before the lock is old; so is its form."""
    page = await open_form(browser, provider)
    link = (await recovery_mails(provider))[0]
    await provider.lock(LUCIE)
    assert (await browser.open(link)).shows("This link has expired.")
    page = await browser.open(page.url)
    assert page.shows("This link has expired.")


@pytest.mark.requirement("RC-12")
async def test_the_token_leaves_the_address_bar(provider: Provider, browser: Browser) -> None:
    """303 to an address without it; it stands in no page, no log of ours keeps queries, and no referrer leaves."""
    await ask(browser)
    link = await mailed_link(provider)
    token = parse_qs(urlsplit(link).query)["t"][0]
    answer = await browser.http.get(link)
    assert answer.status_code == 303
    assert token not in answer.headers["location"]
    page = await browser.open(link)
    assert token not in page.url
    assert token not in page.text
    assert page.headers["referrer-policy"] in {"no-referrer", "same-origin"}
    assert page.headers["cache-control"] == "no-store"
    assert "//" not in page.text.replace(provider.issuer, "").replace("http://www.w3.org", "")


@pytest.mark.requirement("RC-10")
async def test_a_newer_request_voids_older_links(provider: Provider, browser: Browser) -> None:
    """The first link has expired, its code too; the second one works."""
    sent = await ask(browser)
    first = await mailed_link(provider)
    await browser.open("/recovery")
    await ask(browser)
    second = next(link for link in await recovery_mails(provider) if link != first)
    assert (await browser.open(first)).shows("This link has expired.")
    await browser.open(sent.url)
    page = await browser.submit(code="00000000")
    assert page.shows("This code has expired.")
    assert (await browser.open(second)).path == "/recovery/new-password"
