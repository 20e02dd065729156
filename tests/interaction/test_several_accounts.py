"""Several accounts in one browser, through whole journeys: whose tokens, whose logout, whose violation."""

import pytest

from tests.support.browser import CHROME, FIREFOX, Browser
from tests.support.provider import PASSWORD, Provider
from tests.support.relying_party import RelyingParty, claims_of

LUCIE, PETR = "lucie@wedos.cz", "petr@wedos.cz"


async def sign_in_both(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    await provider.account(PETR, phone="+420602555666")
    await rp.sign_in(browser)
    await browser.open(rp.authorization_url(prompt="select_account"))
    await browser.submit(button="use-another")
    await browser.submit(username=PETR, password=PASSWORD)


async def test_the_newest_login_is_the_current_account(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """The account centre shows Petr; choosing Lucie makes her the current one."""
    await sign_in_both(browser, provider, rp)
    assert (await browser.open("/account/security")).shows(PETR)
    page = await browser.open(rp.authorization_url())
    lucie = [name for name in page.forms[0].buttons if name.startswith("session=")][1]
    await browser.submit(button=lucie)
    assert (await browser.open("/account/security")).shows(LUCIE)


async def test_switching_on_the_consent_page(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """ "Not you?" leads to the login page of the same request; the other session stays."""
    acme = RelyingParty(provider, await provider.client("acme", first_party=False))
    await provider.account(PETR, phone="+420602555666")
    await rp.sign_in(browser)
    page = await browser.open(acme.authorization_url())
    assert page.shows(LUCIE)
    page = await browser.click("switch")
    assert page.path == "/login"
    page = await browser.submit(username=PETR, password=PASSWORD)
    assert page.path == "/consent"
    assert page.shows(PETR)
    page = await browser.submit(button="consent-allow")
    tokens = (await acme.redeem(page.query["code"])).json()
    assert (await acme.userinfo(tokens["access_token"])).json()["email"] == PETR
    assert len(browser.http.cookies["session"].split(".")) == 2


async def test_signing_in_again_replaces_the_own_session_only(
    browser: Browser, provider: Provider, rp: RelyingParty
) -> None:
    """`prompt=login` for Lucie renews her session; Petr's stays, and nobody stands twice in the cookie."""
    await sign_in_both(browser, provider, rp)
    await browser.open(rp.authorization_url(prompt="login", login_hint=LUCIE))
    page = await browser.submit(username=LUCIE, password=PASSWORD)
    assert "code" in page.query
    assert len(browser.http.cookies["session"].split(".")) == 2


async def test_a_sign_out_of_our_own_ends_all(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """Nobody expects a second person to be still signed in after "Sign out"."""
    await sign_in_both(browser, provider, rp)
    await browser.open("/logout")
    page = await browser.submit(button="logout-confirm")
    assert page.path == "/logged-out"
    assert (await browser.open(rp.authorization_url(prompt="select_account"))).path == "/login"


async def test_another_browser_ends_all_sessions_of_the_cookie(
    browser: Browser, provider: Provider, rp: RelyingParty
) -> None:
    """A stolen cookie with two accounts in it opens neither, and ends both."""
    await sign_in_both(browser, provider, rp)
    browser.change_to(CHROME)
    page = await browser.open(rp.authorization_url())
    assert page.path == "/login"
    assert page.shows("The login was invalidated because the browser (User-Agent) was changed.")
    browser.change_to(FIREFOX)
    assert (await browser.open("/account/security")).path == "/login"


async def test_tokens_name_the_session_they_came_from(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """Two accounts in one browser are two sessions: `sid` differs, and so does `sub`."""
    first = claims_of((await rp.tokens(browser))["id_token"])
    await provider.account(PETR, phone="+420602555666")
    await browser.open(rp.authorization_url(prompt="select_account"))
    await browser.submit(button="use-another")
    page = await browser.submit(username=PETR, password=PASSWORD)
    second = claims_of((await rp.redeem(page.query["code"])).json()["id_token"])
    assert first["sub"] != second["sub"]
    assert first["sid"] != second["sid"]


@pytest.mark.requirement("SE-14")
async def test_a_browser_keeps_five_accounts(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """The sixth login steps in for the oldest; nobody is asked to choose among more than five."""
    for number in range(6):
        await provider.account(f"person{number}@wedos.cz")
        page = await browser.open(rp.authorization_url(prompt="login"))
        if page.path == "/select-account":
            await browser.submit(button="use-another")
        await browser.submit(username=f"person{number}@wedos.cz", password=PASSWORD)
    page = await browser.open(rp.authorization_url(prompt="select_account"))
    assert page.path == "/select-account"
    assert page.shows("person5@wedos.cz")
    assert page.shows("person1@wedos.cz")
    assert not page.shows("person0@wedos.cz")
