"""The end of a flow: one code per flow, for the client and the account as they are at that moment."""

import re

import pytest

from idp.administration.clients import disable_client
from tests.support.browser import Browser
from tests.support.provider import PASSWORD, Provider
from tests.support.relying_party import RelyingParty

LUCIE = "lucie@wedos.cz"


@pytest.mark.requirement("AZ-24")
async def test_a_form_sent_twice_gives_one_code(browser: Browser, rp: RelyingParty) -> None:
    """The second submit of the same login page answers with the same code; redeemed, there is no second one."""
    page = await browser.open(rp.authorization_url())
    form = page.forms[0].fields | {"username": LUCIE, "password": PASSWORD}
    first = await browser.post(page.url, form)
    second = await browser.post(page.url, form)
    assert first.query["code"] == second.query["code"]
    assert (await rp.redeem(first.query["code"])).status_code == 200
    third = await browser.post(page.url, form)
    assert third.path == "/account/security"
    again = await browser.open(page.url)
    assert again.path == "/account/security"


@pytest.mark.requirement("AZ-24")
async def test_a_consent_sent_twice_gives_one_code(browser: Browser, provider: Provider) -> None:
    """Sent again after the code was spent, it leads to where the application would begin."""
    await provider.account()
    rp = RelyingParty(provider, await provider.client("acme", first_party=False, client_uri="https://acme.example/"))
    page = await rp.sign_in(browser)
    assert page.path == "/consent"
    body = page.forms[0].fields | {"decision": "allow"}
    first = await browser.post(page.url, body)
    second = await browser.post(page.url, body)
    assert first.query["code"] == second.query["code"]
    await rp.redeem(first.query["code"])
    third = await browser.post(page.url, body)
    assert third.url == "https://acme.example/"


async def test_the_way_from_a_form_leads_over_a_page_of_ours(browser: Browser, rp: RelyingParty) -> None:
    """Chromium applies `form-action` to redirects behind a form; also where another tab has signed in meanwhile."""
    page = await browser.open(rp.authorization_url())
    for _ in range(2):
        answer = await browser.http.post(
            page.url,
            data=page.forms[0].fields | {"username": LUCIE, "password": PASSWORD},
            headers={"origin": browser.base_url},
        )
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/continue?")
        shown = await browser.http.get(answer.headers["location"])
        assert shown.status_code == 200
        assert rp.client.redirect_uri in shown.text
        await browser.http.post(page.url, data=page.forms[0].fields)


@pytest.mark.requirement("WE-12", "SO-24")
@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "", "A" * 60, "%68ttps://evil.example"])
async def test_continue_goes_only_where_we_sealed(browser: Browser, to: str) -> None:
    """Nobody lends our name to their address, and an old one is over after ten minutes."""
    page = await browser.open(f"/continue?to={to}")
    assert page.path == "/continue"
    assert page.refresh is None
    targets = re.findall(r'(?:href|action|src)="([^"]*)"', page.text)
    assert targets
    assert all(target.startswith(("/", "#")) and not target.startswith("//") for target in targets)


async def test_a_client_that_was_disabled_meanwhile_gets_nothing(
    browser: Browser, provider: Provider, rp: RelyingParty
) -> None:
    """Client and redirect URI are proven again at the end."""
    await browser.open(rp.authorization_url())
    async with provider.wiring.database.writing() as db:
        await disable_client(db, rp.client.id, origin=provider.origin())
    provider.wiring.clients.forget()
    page = await browser.submit(username=LUCIE, password=PASSWORD)
    assert (page.path, page.status) == ("/error", 400)


async def test_a_lock_that_comes_during_the_login_wins(browser: Browser, provider: Provider) -> None:
    """Between the password and the code the account is locked: the code is worth nothing."""
    await provider.account(otp=True)
    rp = RelyingParty(provider, await provider.client())
    page = await rp.sign_in(browser)
    assert page.path == "/login/otp"
    await provider.lock(LUCIE)
    page = await browser.submit(code="123456")
    assert page.path == "/login"


async def test_a_hinted_person_or_nobody(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """`id_token_hint` names Lucie: Petr's login ends in `login_required`, never in a code for Petr."""
    tokens = await rp.tokens(browser)
    await provider.account("petr@wedos.cz", phone="+420602555666")
    async with Browser(provider.app) as other:
        await other.open(rp.authorization_url(id_token_hint=tokens["id_token"]))
        page = await other.submit(username="petr@wedos.cz", password=PASSWORD)
        assert page.query["error"] == "login_required"
