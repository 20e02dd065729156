"""Which browser a grant is bound to, who says so, and how far the consequences reach."""

import httpx
import pytest

from tests.support.asgi import call, http_scope
from tests.support.browser import CHROME, FIREFOX, Browser
from tests.support.calls import FORM_TYPE, get, json_of
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, claims_of

NEWER_FIREFOX = FIREFOX.replace("146.0", "151.0")
APP, NEWER_APP = "Portal/1.2 (iOS)", "Portal/2.0 (iOS)"
DODGES = {
    "another family": CHROME,
    "another platform": FIREFOX.replace("X11; Linux x86_64", "Windows NT 10.0; Win64; x64"),
    "a version back": FIREFOX.replace("146.0", "145.0"),
    "other case": FIREFOX.upper(),
    "8 KB": FIREFOX + " " + "x" * 8000,
    "a library": "python-requests/2.32",
    "a health check": "kube-probe/1.31",
    "blank": " ",
}


async def a_client(provider: Provider, client_id: str = "shop", **metadata: object) -> RelyingParty:
    return RelyingParty(provider, await provider.client(client_id, **metadata))


def error_of(response: httpx.Response) -> str:
    return "tokens" if response.status_code == 200 else str(response.json()["error"])


async def test_required_says_what_is_missing_and_keeps_the_grant(provider: Provider, browser: Browser) -> None:
    """Without `user_agent`: `invalid_request` at redemption and refresh; then the same code and token still work."""
    await provider.account()
    rp = await a_client(provider, user_agent_binding="required")
    page = await rp.sign_in(browser)
    for nothing in (None, ""):
        refused = await rp.redeem(page.query["code"], user_agent=nothing)
        assert error_of(refused) == "invalid_request"
        assert "user_agent" in refused.json()["error_description"]
    tokens = (await rp.redeem(page.query["code"], user_agent=FIREFOX)).json()
    assert error_of(await rp.refresh(tokens["refresh_token"])) == "invalid_request"
    assert error_of(await rp.refresh(tokens["refresh_token"], user_agent=FIREFOX)) == "tokens"


@pytest.mark.requirement("RT-13")
async def test_auto_binds_whoever_passes_it_on(provider: Provider, browser: Browser) -> None:
    """Once redeemed with `user_agent`, every refresh needs it: without it `invalid_request`, and the grant is kept."""
    await provider.account()
    rp = await a_client(provider, user_agent_binding="auto")
    tokens = await rp.tokens(browser, redemption={"user_agent": FIREFOX})
    assert claims_of(tokens["id_token"])["ua_binding"]["mode"] == "stable"
    assert error_of(await rp.refresh(tokens["refresh_token"])) == "invalid_request"
    good = await rp.refresh(tokens["refresh_token"], user_agent=NEWER_FIREFOX)
    assert error_of(good) == "tokens"
    assert error_of(await rp.refresh(good.json()["refresh_token"], user_agent=CHROME)) == "invalid_grant"


async def test_auto_without_it_is_unbound_and_says_so(provider: Provider, browser: Browser) -> None:
    """The relying party that never says which browser it serves is told in every token that nothing is checked."""
    await provider.account()
    rp = await a_client(provider, user_agent_binding="auto")
    tokens = await rp.tokens(browser)
    for token in (tokens["id_token"], tokens["access_token"]):
        assert claims_of(token)["ua_binding"] == {"mode": "unbound"}
    described = await rp.introspect(tokens["access_token"], user_agent=CHROME)
    assert described["ua_binding"] == {"mode": "unbound"}
    assert "ua_match" not in described
    assert error_of(await rp.refresh(tokens["refresh_token"])) == "tokens"


async def test_off_checks_nothing(provider: Provider, browser: Browser) -> None:
    """By policy of the client: any browser, and the claim says so."""
    await provider.account()
    rp = await a_client(provider, user_agent_binding="off")
    tokens = await rp.tokens(browser, redemption={"user_agent": CHROME})
    assert claims_of(tokens["id_token"])["ua_binding"] == {"mode": "off"}
    assert error_of(await rp.refresh(tokens["refresh_token"], user_agent="curl/8.0")) == "tokens"


async def test_exact_takes_no_update(provider: Provider, browser: Browser) -> None:
    """The client's own policy: the string, and nothing that resembles it."""
    await provider.account()
    rp = await a_client(provider, user_agent_binding="required", user_agent_policy="exact")
    tokens = await rp.tokens(browser, redemption={"user_agent": FIREFOX})
    assert claims_of(tokens["id_token"])["ua_binding"]["mode"] == "exact"
    same = await rp.refresh(tokens["refresh_token"], user_agent=FIREFOX)
    assert error_of(same) == "tokens"
    assert error_of(await rp.refresh(same.json()["refresh_token"], user_agent=NEWER_FIREFOX)) == "invalid_grant"


async def test_redemption_must_match_the_authorization(provider: Provider, browser: Browser) -> None:
    """The browser that is passed on with the code is the one that asked for it."""
    await provider.account()
    rp = await a_client(provider, user_agent_binding="required")
    page = await rp.sign_in(browser)
    refused = await rp.redeem(page.query["code"], user_agent=CHROME)
    assert error_of(refused) == "invalid_grant"
    assert refused.json()["error_description"].startswith("The login was invalidated because the browser")
    assert error_of(await rp.redeem(page.query["code"], user_agent=FIREFOX)) == "invalid_grant"


@pytest.mark.requirement("RT-13")
@pytest.mark.parametrize("dodge", DODGES)
async def test_a_browser_application_cannot_dodge(provider: Provider, browser: Browser, dodge: str) -> None:
    """An SPA's own header counts: everything but the browser itself ends the login, and the session with it."""
    await provider.account()
    rp = await a_client(provider, "spa", application_type="spa", first_party=False)
    page = await rp.sign_in(browser)
    page = await browser.submit(button="consent-allow")
    body = {
        "grant_type": "authorization_code", "code": page.query["code"], "redirect_uri": rp.client.redirect_uri,
        "code_verifier": rp.verifier,
    }  # fmt: skip
    tokens = (await rp.post("/token", body, user_agent=FIREFOX)).json()
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    # The parameter is for those who have no header of the browser: it changes nothing here.
    good = await rp.post("/token", refresh | {"user_agent": CHROME}, user_agent=NEWER_FIREFOX)
    assert error_of(good) == "tokens"
    refresh["refresh_token"] = good.json()["refresh_token"]
    refused = await rp.post("/token", refresh | {"user_agent": NEWER_FIREFOX}, user_agent=DODGES[dodge])
    assert error_of(refused) == "invalid_grant"
    assert error_of(await rp.post("/token", refresh, user_agent=NEWER_FIREFOX)) == "invalid_grant"
    assert (await browser.open(rp.authorization_url())).path == "/login"


@pytest.mark.requirement("RT-13")
@pytest.mark.parametrize("agents", [(), ("",), (FIREFOX, FIREFOX), (FIREFOX, CHROME)])
async def test_no_header_and_two_headers_are_a_change(
    provider: Provider, browser: Browser, agents: tuple[str, ...]
) -> None:
    """Leaving the header out, or sending it twice, is no way around."""
    await provider.account()
    rp = await a_client(provider, "spa", application_type="spa")
    page = await rp.sign_in(browser)
    body = (
        f"grant_type=authorization_code&client_id=spa&code={page.query['code']}"
        f"&redirect_uri={rp.client.redirect_uri}&code_verifier={rp.verifier}"
    )
    headers = [("host", "localhost:8000"), FORM_TYPE, *(("user-agent", agent) for agent in agents)]
    refused = await call(provider.app, http_scope("POST", "/token", headers), [body.encode()])
    assert (refused.status, json_of(refused)["error"]) == (400, "invalid_grant")
    assert "user_agent_changed" in await provider.events()


@pytest.mark.parametrize("method", ["none", "client_secret_basic"])
async def test_a_native_application_is_known_by_its_product(provider: Provider, browser: Browser, method: str) -> None:
    """Bound to what calls the token endpoint, not to the system browser: updates pass, another product does not."""
    await provider.account()
    rp = await a_client(
        provider, "app", application_type="native", first_party=False, token_endpoint_auth_method=method
    )
    await rp.sign_in(browser)
    page = await browser.submit(button="consent-allow")
    body = {
        "grant_type": "authorization_code", "code": page.query["code"], "redirect_uri": rp.client.redirect_uri,
        "code_verifier": rp.verifier,
    }  # fmt: skip
    tokens = (await rp.post("/token", body, user_agent=APP)).json()
    assert claims_of(tokens["id_token"])["ua_binding"]["mode"] == "product"
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    updated = await rp.post("/token", refresh, user_agent=NEWER_APP)
    assert error_of(updated) == "tokens"
    refresh["refresh_token"] = updated.json()["refresh_token"]
    assert error_of(await rp.post("/token", refresh, user_agent="Portable/1.2 (iOS)")) == "invalid_grant"
    assert error_of(await rp.post("/token", refresh, user_agent=NEWER_APP)) == "invalid_grant"
    # What a third party's application calls itself ends its own part only.
    assert "code" in (await browser.open(rp.authorization_url())).query


async def test_a_third_partys_report_ends_its_own_grants_only(any_provider: Provider) -> None:
    """Other applications' tokens and the session itself live on; the reporter's grants of this session are gone."""
    await any_provider.account()
    ours = await a_client(any_provider, "ours")
    partner = await a_client(any_provider, "partner", first_party=False)
    async with Browser(any_provider.app) as browser:
        mine = await ours.tokens(browser)
        await browser.open(partner.authorization_url())
        page = await browser.submit(button="consent-allow")
        first = (await partner.redeem(page.query["code"], user_agent=FIREFOX)).json()
        second = await partner.tokens(browser)
        assert error_of(await partner.refresh(first["refresh_token"], user_agent=CHROME)) == "invalid_grant"
        assert error_of(await partner.refresh(second["refresh_token"])) == "invalid_grant"
        assert await partner.introspect(second["access_token"]) == {"active": False}
        assert error_of(await ours.refresh(mine["refresh_token"])) == "tokens"
        assert "code" in (await browser.open(ours.authorization_url(prompt="none"))).query


async def test_a_first_partys_report_ends_the_session(any_provider: Provider) -> None:
    """Everything of this login ends, in every application, offline use included; other logins of the person do not."""
    await any_provider.account()
    ours = await a_client(any_provider, "ours")
    partner = await a_client(any_provider, "partner", first_party=False)
    async with Browser(any_provider.app) as elsewhere, Browser(any_provider.app) as browser:
        other_login = await ours.tokens(elsewhere)
        mine = await ours.tokens(browser, redemption={"user_agent": FIREFOX})
        await browser.open(partner.authorization_url(scope="openid offline_access"))
        page = await browser.submit(button="consent-allow")
        theirs = (await partner.redeem(page.query["code"])).json()
        assert error_of(await ours.refresh(mine["refresh_token"], user_agent=CHROME)) == "invalid_grant"
        assert error_of(await partner.refresh(theirs["refresh_token"])) == "invalid_grant"
        assert (await ours.userinfo(mine["access_token"])).status_code == 401
        page = await browser.open(ours.authorization_url())
        assert page.path == "/login"
        assert page.shows("The login was invalidated because the browser (User-Agent) was changed.")
        assert error_of(await ours.refresh(other_login["refresh_token"])) == "tokens"


async def test_introspection_compares_the_browser(provider: Provider, browser: Browser) -> None:
    """`ua_match` for whoever asks with `user_agent`: a resource server has nothing to parse."""
    await provider.account()
    rp = await a_client(provider, user_agent_binding="required", audience=["https://api.example"])
    api = await a_client(provider, "api", resource_of=["https://api.example"])
    tokens = await rp.tokens(browser, redemption={"user_agent": FIREFOX})
    asked = {FIREFOX: True, NEWER_FIREFOX: True, CHROME: False, "curl/8.0": False, "x" * 5000: False}
    for asker in (rp, api):
        answers = {
            agent: (await asker.introspect(tokens["access_token"], user_agent=agent))["ua_match"] for agent in asked
        }
        assert answers == asked
    assert "ua_match" not in await rp.introspect(tokens["access_token"])
    # Asking ends nothing.
    assert error_of(await rp.refresh(tokens["refresh_token"], user_agent=FIREFOX)) == "tokens"


async def test_the_claim_links_nobody_across_clients(provider: Provider, browser: Browser) -> None:
    """One browser, two clients: two digests; the same client sees the same digest again, also after an update."""
    await provider.account()
    shop = await a_client(provider, "shop")
    blog = await a_client(provider, "blog")
    first = claims_of((await shop.tokens(browser, redemption={"user_agent": FIREFOX}))["id_token"])["ua_binding"]
    other = claims_of((await blog.tokens(browser, redemption={"user_agent": FIREFOX}))["id_token"])["ua_binding"]
    again = await shop.tokens(browser, redemption={"user_agent": NEWER_FIREFOX})
    assert first["mode"] == other["mode"] == "stable"
    assert first["digest"] != other["digest"]
    assert claims_of(again["id_token"])["ua_binding"] == first
    assert claims_of(again["access_token"])["ua_binding"] == first


async def test_discovery_advertises_the_parameter(provider: Provider) -> None:
    """Its name and the modes, for a relying party's framework."""
    metadata = json_of(await get(provider, "/.well-known/openid-configuration"))
    assert metadata["user_agent_binding_parameter"] == "user_agent"
    assert metadata["user_agent_binding_modes_supported"] == ["exact", "stable", "off"]
