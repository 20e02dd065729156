"""RP-initiated logout (OIDC RP-Initiated Logout §2, §3): who may end a session, and where the browser goes then."""

from urllib.parse import urlencode

import pytest

from idp.keys.rotation import rotate
from idp.keys.sign import sign_jwt
from tests.support.browser import Browser, Page
from tests.support.calls import get, post
from tests.support.provider import PASSWORD, Provider
from tests.support.relying_party import RelyingParty, claims_of

BYE = "https://shop.example/bye"
BYE_WITH_QUERY = "https://shop.example/bye?tenant=7"


@pytest.fixture
async def shop(provider: Provider) -> RelyingParty:
    """A relying party with two addresses to come back to."""
    await provider.account()
    return RelyingParty(provider, await provider.client(post_logout_redirect_uris=[BYE, BYE_WITH_QUERY]))


def logout_url(**parameters: str) -> str:
    return f"/logout?{urlencode(parameters)}"


async def is_signed_in(rp: RelyingParty, browser: Browser) -> bool:
    page = await browser.open(rp.authorization_url(prompt="none"))
    assert page.query.get("error") in {None, "login_required"}
    return "code" in page.query


@pytest.mark.requirement("SE-21", "OC-37", "OT-23")
async def test_a_hint_of_this_session_logs_out_at_once(shop: RelyingParty, browser: Browser) -> None:
    """With its ID token, expired or not: out, and back with the state and nothing else."""
    for wait in (0, 90):
        tokens = await shop.tokens(browser)
        shop.provider.clock.advance(minutes=wait)
        url = logout_url(id_token_hint=tokens["id_token"], post_logout_redirect_uri=BYE, state="a&b=c")
        page = await browser.open(url)
        assert page.url == f"{BYE}?state=a%26b%3Dc"
        assert not await is_signed_in(shop, browser)
        assert (await shop.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


@pytest.mark.requirement("OC-37", "OT-23")
@pytest.mark.parametrize("bare", [{}, {"state": "x"}, {"client_id": "shop"}, {"logout_hint": "x", "ui_locales": "cs"}])
async def test_a_bare_request_really_logs_out(shop: RelyingParty, browser: Browser, bare: dict[str, str]) -> None:
    """No parameter, or none that names an address: the person confirms, is out, and reads so here; nothing is added."""
    tokens = await shop.tokens(browser)
    await browser.open(logout_url(**bare))
    page = await browser.submit(button="logout-confirm")
    assert page.url == "http://localhost:8000/logged-out"
    assert page.shows("You are signed out.")
    assert not await is_signed_in(shop, browser)
    assert (await shop.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


@pytest.mark.requirement("OT-23")
async def test_a_hint_signed_with_the_last_key_still_counts(shop: RelyingParty, browser: Browser) -> None:
    """Keys are rotated while people are signed in."""
    hint = (await shop.tokens(browser))["id_token"]
    wiring = shop.provider.wiring
    now = shop.provider.clock.advance(minutes=10)
    await rotate(wiring.database, wiring.master_keys, "ES256", now=now, longest_token_lifetime=3600)
    await wiring.refresh()
    page = await browser.open(logout_url(id_token_hint=hint, post_logout_redirect_uri=BYE))
    assert page.url == BYE


@pytest.mark.requirement("SE-21", "OC-37", "OT-23")
async def test_the_way_back_is_exact(shop: RelyingParty, browser: Browser) -> None:
    """A registered query stays, no state is invented; without an address our own page says that it is done."""
    wanted = {
        BYE: BYE,
        BYE_WITH_QUERY: BYE_WITH_QUERY,
        "": "http://localhost:8000/logged-out",
    }
    for uri, place in wanted.items():
        hint = (await shop.tokens(browser))["id_token"]
        more = {"post_logout_redirect_uri": uri} if uri else {}
        assert (await browser.open(logout_url(id_token_hint=hint, **more))).url == place
        assert not await is_signed_in(shop, browser)


OFFSITE = [
    "https://evil.example/",
    BYE + "/",
    BYE + "?x=1",
    BYE + "#x",
    BYE.upper(),
    "http://shop.example/bye",
    "https://shop.example@evil.example/bye",
    "https://shop.example/bye/../evil",
    "https://shop.example/cb",  # for logins, not for this
    "//evil.example/",
    "javascript:alert(1)",
    "https://shop.example\\.evil.example/bye",
]


@pytest.mark.requirement("SE-21", "OC-37", "OT-23")
async def test_an_unregistered_address_is_never_followed(shop: RelyingParty, browser: Browser) -> None:
    """Signed in, signed out, with a genuine hint or with the client's id: the browser stays here."""
    for uri in OFFSITE:
        hint = (await shop.tokens(browser))["id_token"]
        for request in (
            {"client_id": "shop", "post_logout_redirect_uri": uri},
            {"id_token_hint": hint, "post_logout_redirect_uri": uri},
            {"client_id": "shop", "post_logout_redirect_uri": uri, "state": "x"},
        ):
            page = await browser.open(logout_url(**request))
            assert page.url.startswith("http://localhost:8000/"), (uri, page.url)
            assert page.status == 200


@pytest.mark.requirement("SE-21", "SE-22", "OC-37", "OT-23")
async def test_without_a_good_hint_the_person_is_asked(shop: RelyingParty, browser: Browser) -> None:
    """No parameter, a state alone, an address alone, altered, unsigned, foreign hints: a page, and still signed in."""
    provider = shop.provider
    other = RelyingParty(provider, await provider.client("other", post_logout_redirect_uris=["https://other.example/"]))
    hint = (await shop.tokens(browser))["id_token"]
    claims = claims_of(hint)
    header, payload, signature = hint.split(".")
    keys = provider.wiring.keys
    requests: dict[str, dict[str, str]] = {
        "nothing": {},
        "state": {"state": "x"},
        "address": {"post_logout_redirect_uri": BYE},
        "address and state": {"post_logout_redirect_uri": BYE, "state": "x"},
        "client and address": {"client_id": "shop", "post_logout_redirect_uri": BYE},
        "unknown client": {"client_id": "nobody", "post_logout_redirect_uri": BYE},
        "nonsense": {"id_token_hint": "nonsense", "post_logout_redirect_uri": BYE},
        "altered": {"id_token_hint": f"{header}.{payload}.{signature[::-1]}", "post_logout_redirect_uri": BYE},
        "unsigned": {"id_token_hint": f"eyJhbGciOiJub25lIn0.{payload}.", "post_logout_redirect_uri": BYE},
        "access token": {"id_token_hint": sign_jwt(keys, "ES256", claims, "at+jwt"), "post_logout_redirect_uri": BYE},
        "other issuer": {
            "id_token_hint": sign_jwt(keys, "ES256", claims | {"iss": "https://evil.example"}, "JWT"),
            "post_logout_redirect_uri": BYE,
        },
        "other client's name": {"id_token_hint": hint, "client_id": other.client.id, "post_logout_redirect_uri": BYE},
        "other client's address": {
            "id_token_hint": sign_jwt(keys, "ES256", claims | {"sid": "gone"}, "JWT"),
            "post_logout_redirect_uri": "https://other.example/",
        },
        "another session": {
            "id_token_hint": sign_jwt(keys, "ES256", claims | {"sid": "gone"}, "JWT"),
            "post_logout_redirect_uri": BYE,
        },
    }
    for name, request in requests.items():
        page = await browser.open(logout_url(**request))
        assert (page.path, page.status) == ("/logout", 200), name
        assert await is_signed_in(shop, browser), name


@pytest.mark.requirement("SE-21")
async def test_confirming_goes_back_over_a_page(shop: RelyingParty, browser: Browser) -> None:
    """The person's yes ends the session; the address was proven before, and the state comes along."""
    await shop.tokens(browser)
    await browser.open(logout_url(client_id="shop", post_logout_redirect_uri=BYE, state="s-1"))
    page = await browser.submit(button="logout-confirm")
    assert page.url == f"{BYE}?state=s-1"
    assert not await is_signed_in(shop, browser)


@pytest.mark.requirement("SE-21")
async def test_staying_is_an_answer(shop: RelyingParty, browser: Browser) -> None:
    """The person's no ends nothing."""
    await shop.tokens(browser)
    await browser.open(logout_url())
    await browser.submit(button="logout-stay")
    assert await is_signed_in(shop, browser)


@pytest.mark.requirement("SE-21", "OC-37", "OT-23")
async def test_a_relying_partys_post_is_the_same_request(shop: RelyingParty, browser: Browser) -> None:
    """OIDC RP-Initiated Logout §2: POST works like GET; it becomes one, so that our cookies come along."""
    hint = (await shop.tokens(browser))["id_token"]
    form = {"id_token_hint": hint, "post_logout_redirect_uri": BYE, "state": "x"}
    page = await browser.post("/logout", form, origin="https://shop.example", **{"sec-fetch-site": "cross-site"})
    assert page.url == f"{BYE}?state=x"
    assert not await is_signed_in(shop, browser)


@pytest.mark.requirement("SE-21")
async def test_repeated_parameters_are_refused(shop: RelyingParty, browser: Browser) -> None:
    """400, and still signed in."""
    hint = (await shop.tokens(browser))["id_token"]
    for name in ("id_token_hint", "post_logout_redirect_uri", "state", "client_id"):
        url = f"/logout?id_token_hint={hint}&post_logout_redirect_uri={BYE}&state=x&client_id=shop&{name}=x"
        page = await browser.open(url)
        assert (page.status, page.path) == (400, "/logout"), name
        posted = await post(shop.provider, "/logout", url.partition("?")[2])
        assert posted.status == 400
        assert posted.header("location") is None
    assert await is_signed_in(shop, browser)


@pytest.mark.requirement("SE-22")
@pytest.mark.parametrize("destination", ["image", "iframe", "script", "style", "empty", "object"])
async def test_an_embedded_logout_ends_nothing(shop: RelyingParty, browser: Browser, destination: str) -> None:
    """`<img src=/logout?id_token_hint=…>`, even with a genuine hint: only a navigation acts."""
    hint = (await shop.tokens(browser))["id_token"]
    for request in ({}, {"id_token_hint": hint}, {"id_token_hint": hint, "post_logout_redirect_uri": BYE}):
        headers = {"sec-fetch-dest": destination, "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
        page = await browser.open(logout_url(**request), **headers)
        assert page.path == "/logout"
        assert await is_signed_in(shop, browser)
    head = await browser.http.head(logout_url(id_token_hint=hint))
    assert head.status_code == 200
    assert await is_signed_in(shop, browser)


@pytest.mark.requirement("SE-22")
async def test_a_forged_confirmation_ends_nothing(shop: RelyingParty, browser: Browser) -> None:
    """A form of another site has neither our token nor our origin; nor has a sealed request of another time helped."""
    await shop.tokens(browser)
    page = await browser.open(logout_url())
    action = browser.form(button="logout-confirm").action
    forged = {"decision": "logout", "csrf": browser.form(button="logout-confirm").fields["csrf"]}
    page = await browser.post(action, forged, origin="https://evil.example", **{"sec-fetch-site": "cross-site"})
    assert page.path == "/logout"
    page = await browser.post(action, {"decision": "logout", "csrf": "guess"})
    assert page.path == "/logout"
    page = await browser.post("/logout?request=nonsense", forged)
    assert page.status == 400
    assert await is_signed_in(shop, browser)


async def test_nobody_signed_in(shop: RelyingParty, browser: Browser) -> None:
    """There is nothing to ask: back to a proven address, or to our page."""
    assert (await browser.open(logout_url())).path == "/logged-out"
    page: Page = await browser.open(logout_url(client_id="shop", post_logout_redirect_uri=BYE, state="x"))
    assert page.url == f"{BYE}?state=x"
    assert (await browser.open(logout_url(post_logout_redirect_uri=BYE))).path == "/logged-out"


async def test_a_hint_ends_its_own_session_only(shop: RelyingParty, browser: Browser) -> None:
    """Another browser's ID token does not end this one's session at once."""
    async with Browser(shop.provider.app) as elsewhere:
        hint = (await shop.tokens(elsewhere))["id_token"]
        await shop.tokens(browser)
        page = await browser.open(logout_url(id_token_hint=hint, post_logout_redirect_uri=BYE))
        assert page.path == "/logout"
        assert await is_signed_in(shop, browser)
        assert await is_signed_in(shop, elsewhere)


async def test_the_answer_drops_what_the_browser_kept(shop: RelyingParty, browser: Browser) -> None:
    """The session's cookie ends, the device's stays, and the cache is cleared."""
    hint = (await shop.tokens(browser))["id_token"]
    device = browser.http.cookies["device"]
    answer = await browser.http.get(logout_url(id_token_hint=hint))
    assert answer.headers["clear-site-data"] == '"cache"'
    assert "session" not in browser.http.cookies
    assert browser.http.cookies["device"] == device
    page = await browser.open(shop.authorization_url())
    assert page.path == "/login"
    page = await browser.submit(username="lucie@wedos.cz", password=PASSWORD)
    assert "code" in page.query
    assert (await get(shop.provider, "/logged-out")).status == 200
