"""Consent: asked of other people's applications, once per scope, about what the sealed request says."""

import pytest

from tests.support.browser import Browser
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, claims_of

LUCIE = "lucie@wedos.cz"


@pytest.fixture
async def stranger(provider: Provider) -> RelyingParty:
    """An application of somebody else."""
    await provider.account()
    return RelyingParty(provider, await provider.client("acme", first_party=False, client_name="Acme Mail"))


async def test_a_first_party_application_asks_for_none(browser: Browser, rp: RelyingParty) -> None:
    """F2.4."""
    page = await rp.sign_in(browser)
    assert "code" in page.query


@pytest.mark.requirement("AZ-17")
async def test_the_page_says_who_wants_what(browser: Browser, stranger: RelyingParty) -> None:
    """The application's name and host, the account, the very values, how long, and where one will return to."""
    page = await stranger.sign_in(browser, scope="openid profile email offline_access")
    assert page.path == "/consent"
    for words in ("Acme Mail", "acme.example", LUCIE, "Lucie Malá", "Acme Mail will not see your password."):
        assert page.shows(words)
    assert page.shows("Also after you sign out, until you take it back.")
    assert page.shows("You will return to <strong>acme.example</strong>.")


@pytest.mark.requirement("AZ-17")
async def test_it_is_asked_once_and_again_for_more(browser: Browser, stranger: RelyingParty) -> None:
    """The same scopes, or fewer, pass; a new one is asked for alone; `prompt=consent` asks for everything again."""
    await stranger.sign_in(browser, scope="openid email")
    page = await browser.submit(button="consent-allow")
    assert "code" in page.query
    for scope in ("openid email", "openid"):
        page = await browser.open(stranger.authorization_url(scope=scope))
        assert "code" in page.query
    page = await browser.open(stranger.authorization_url(scope="openid email phone"))
    assert page.shows("New: Acme Mail will also get")
    assert page.shows("+420601123456")
    assert page.text.count('class="scope"') == 1
    await browser.submit(button="consent-allow")
    page = await browser.open(stranger.authorization_url(scope="openid email phone", prompt="consent"))
    assert page.path == "/consent"
    assert page.text.count('class="scope"') == 3
    page = await browser.submit(button="consent-allow")
    assert "code" in page.query


async def test_without_an_answer_prompt_none_says_so(browser: Browser, stranger: RelyingParty) -> None:
    """OIDC Core §3.1.2.6."""
    await stranger.sign_in(browser)
    page = await browser.open(stranger.authorization_url(prompt="none"))
    assert page.query["error"] == "consent_required"


@pytest.mark.requirement("AZ-11")
async def test_no_means_no(browser: Browser, stranger: RelyingParty) -> None:
    """`access_denied` with the state; nothing is remembered, and the person stays signed in here."""
    page = await stranger.sign_in(browser)
    csrf = page.forms[0].fields["csrf"]
    answer = await browser.http.post(page.url, data={"csrf": csrf, "decision": "deny"})
    assert answer.status_code == 303
    page = await browser.submit(button="consent-deny")
    assert (page.query["error"], page.query["state"]) == ("access_denied", stranger.state)
    assert "code" not in page.query
    page = await browser.open(stranger.authorization_url())
    assert page.path == "/consent"


@pytest.mark.requirement("AZ-16")
async def test_what_the_form_says_beside_yes_is_ignored(
    browser: Browser, provider: Provider, stranger: RelyingParty
) -> None:
    """Client, scope, redirect URI, challenge and account come from the sealed request, whatever fields are added."""
    petr = await provider.account("petr@wedos.cz")
    await provider.client("shop")
    page = await stranger.sign_in(browser, scope="openid email")
    forged = {
        "client_id": "shop",
        "scope": "openid email phone offline_access",
        "redirect_uri": "https://evil.example/cb",
        "code_challenge": "x" * 43,
        "state": "forged",
        "nonce": "forged",
        "account_id": petr.id,
        "user": petr.id,
        "username": "petr@wedos.cz",
        "flow": "forged",
    }
    page = await browser.post(page.url, page.forms[0].fields | forged | {"decision": "allow"})
    assert page.url.startswith(stranger.client.redirect_uri + "?")
    assert page.query["state"] == stranger.state
    tokens = (await stranger.redeem(page.query["code"])).json()
    assert set(tokens["scope"].split()) == {"openid", "email"}
    claims = claims_of(tokens["id_token"])
    assert (claims["nonce"], claims["aud"]) == (stranger.nonce, "acme")
    assert claims["sub"] != petr.id


@pytest.mark.requirement("AZ-16")
async def test_a_tampered_flow_is_no_flow(browser: Browser, stranger: RelyingParty) -> None:
    """One changed character of the sealed request ends in a login of our own, never at an application."""
    page = await stranger.sign_in(browser)
    head, _, sealed = page.url.partition("flow=")
    for broken in (sealed[:-2], "A" + sealed[1:], sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:], ""):
        answer = await browser.post(f"{head}flow={broken}", page.forms[0].fields | {"decision": "allow"})
        assert answer.path == "/account/security"


@pytest.mark.requirement("AZ-26")
async def test_the_answer_of_one_person_is_not_anothers(
    browser: Browser, provider: Provider, stranger: RelyingParty
) -> None:
    """The consent page left open by one account asks again when another one answers it."""
    await provider.account("petr@wedos.cz")
    page = await stranger.sign_in(browser)
    async with Browser(provider.app) as other:
        theirs = await other.open(page.url)
        assert theirs.path == "/login"
        answer = await other.post(page.url, {"csrf": theirs.forms[0].fields["csrf"], "decision": "allow"})
        assert answer.path == "/login"
        answer = await other.submit(username="petr@wedos.cz", password="five quiet lakes under snow")
        assert answer.path == "/consent"
        assert answer.shows("petr@wedos.cz")


async def test_a_single_claim_is_asked_for_too(browser: Browser, stranger: RelyingParty) -> None:
    """OIDC Core §5.5: the `claims` parameter is no way past the page."""
    await stranger.sign_in(browser, scope="openid")
    await browser.submit(button="consent-allow")
    page = await browser.open(stranger.authorization_url(scope="openid", claims='{"userinfo":{"phone_number":null}}'))
    assert page.path == "/consent"
    assert page.shows("+420601123456")
