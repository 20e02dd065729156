"""The account chooser: when it comes up, and what its buttons do."""

import pytest

from tests.support.browser import Browser, Page
from tests.support.provider import PASSWORD, Provider
from tests.support.relying_party import RelyingParty, claims_of

LUCIE, PETR = "lucie@wedos.cz", "petr@wedos.cz"


def button_of(page: Page, kind: str, place: int = 0) -> str:
    """The chooser's buttons in their order: `session` goes on with an account, `remove` takes it off."""
    return [name for name in page.forms[0].buttons if name.startswith(f"{kind}=")][place]


@pytest.fixture
async def petr(provider: Provider) -> str:
    """A second account; its id."""
    return (await provider.account(PETR, phone="+420602555666")).id


async def sign_in_both(browser: Browser, rp: RelyingParty) -> None:
    """Petr is the current one afterwards."""
    await rp.sign_in(browser)
    await browser.open(rp.authorization_url(prompt="select_account"))
    await browser.submit(button="use-another")
    page = await browser.submit(username=PETR, password=PASSWORD)
    assert "code" in page.query


async def subject(rp: RelyingParty, page: Page) -> str:
    tokens = (await rp.redeem(page.query["code"])).json()
    return str(claims_of(tokens["id_token"])["sub"])


async def test_one_account_is_not_asked_about(browser: Browser, rp: RelyingParty) -> None:
    """Unless the application wants it: `prompt=select_account`."""
    await rp.sign_in(browser)
    page = await browser.open(rp.authorization_url())
    assert "code" in page.query
    page = await browser.open(rp.authorization_url(prompt="select_account"))
    assert page.path == "/select-account"
    assert page.shows(LUCIE)
    page = await browser.submit(button=button_of(page, "session"))
    assert "code" in page.query


async def test_nobody_signed_in_means_the_login_page(browser: Browser, rp: RelyingParty) -> None:
    """There is nothing to choose from."""
    page = await browser.open(rp.authorization_url(prompt="select_account"))
    assert page.path == "/login"


async def test_two_accounts_are_asked_about(browser: Browser, rp: RelyingParty, petr: str) -> None:
    """The chosen one goes on; a hint of the application chooses by itself; `prompt=none` takes the current one."""
    await sign_in_both(browser, rp)
    page = await browser.open(rp.authorization_url())
    assert page.path == "/select-account"
    page = await browser.submit(button=button_of(page, "session", 1))
    assert await subject(rp, page) != petr
    page = await browser.open(rp.authorization_url(login_hint=PETR))
    assert await subject(rp, page) == petr
    page = await browser.open(rp.authorization_url(prompt="none"))
    assert await subject(rp, page) != petr


async def test_an_account_can_be_removed_from_the_browser(
    browser: Browser, provider: Provider, rp: RelyingParty, petr: str
) -> None:
    """Its session ends at the server; the other one stays; after the last one the login page comes."""
    await sign_in_both(browser, rp)
    both = browser.http.cookies["session"].split(".")
    page = await browser.open(rp.authorization_url())
    page = await browser.submit(button=button_of(page, "remove", 0))
    assert page.path == "/select-account"
    assert page.shows("The account was removed from this browser.")
    assert not page.shows(PETR)
    async with Browser(provider.app) as thief:
        thief.set_cookie("session", both[0])
        assert (await thief.open("/account/security")).path == "/login"
        thief.set_cookie("session", both[1])
        assert (await thief.open("/account/security")).path == "/account/security"
    page = await browser.submit(button=button_of(page, "remove", 0))
    assert page.path == "/login"


async def test_another_browsers_session_cannot_be_chosen_or_removed(
    browser: Browser, provider: Provider, rp: RelyingParty, petr: str
) -> None:
    """The ids on the buttons are worth something only in the browser that has the sessions."""
    await rp.sign_in(browser)
    page = await browser.open(rp.authorization_url(prompt="select_account"))
    sid = button_of(page, "session").partition("=")[2]
    async with Browser(provider.app) as other:
        await rp.sign_in(other, PETR)
        page = await other.open(rp.authorization_url(prompt="select_account"))
        for field in ("session", "remove"):
            page = await other.post(page.url, page.forms[0].fields | {field: sid})
            assert page.path == "/select-account"
    page = await browser.open("/account/security")
    assert page.shows(LUCIE)


async def test_a_browser_keeps_five_accounts(browser: Browser, provider: Provider) -> None:
    """The sixth one pushes the oldest out."""
    rp = RelyingParty(provider, await provider.client())
    for number in range(6):
        await provider.account(f"person{number}@wedos.cz", phone=None)
        page = await browser.open(rp.authorization_url(prompt="select_account"))
        if page.path == "/select-account":
            await browser.submit(button="use-another")
        await browser.submit(username=f"person{number}@wedos.cz", password=PASSWORD)
    page = await browser.open(rp.authorization_url(prompt="select_account"))
    assert [f"person{number}@wedos.cz" in page.text for number in range(6)] == [False, *[True] * 5]
    assert len(browser.http.cookies["session"].split(".")) == 5
