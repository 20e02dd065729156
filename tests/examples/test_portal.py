"""The portal as its person sees it: sign in, refresh, step up, sign out, and each thing that can go wrong."""

from urllib.parse import urlsplit

import httpx2
import pytest

from tests.examples.conftest import FIREFOX, PORTAL
from tests.examples.scripted_provider import ISSUER, ScriptedProvider


async def sign_in(browser: httpx2.AsyncClient, provider: ScriptedProvider, start: str = "/login") -> httpx2.Response:
    """A whole sign-in; the answer is that of the callback."""
    begun = await browser.get(start)
    return await browser.get(provider.answer_to(begun.headers["location"]))


async def problem(browser: httpx2.AsyncClient, answer: httpx2.Response) -> str:
    """The page of what went wrong, to which the answer must lead."""
    assert (answer.status_code, answer.headers["location"]) == (303, "/problem")
    return (await browser.get("/problem")).text


async def test_home_names_the_brand_and_has_one_button(browser: httpx2.AsyncClient) -> None:
    """The public page says where one signs in, with three services and no script."""
    page = await browser.get("/")
    assert "Sign in to Keygate Global" in page.text
    assert page.text.count('class="tile"') == 3
    assert "<script" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "set-cookie" not in page.headers


async def test_home_speaks_czech(browser: httpx2.AsyncClient) -> None:
    """The browser's language decides until the person chooses another one, which is remembered."""
    czech = {"accept-language": "cs-CZ,cs;q=0.9"}
    assert "Přihlásit se do Keygate Global" in (await browser.get("/", headers=czech)).text
    await browser.get("/?lang=en", headers=czech)
    page = (await browser.get("/", headers=czech)).text
    assert 'lang="en"' in page
    assert "Sign in to" in page


async def test_login_sends_everything_that_protects_it(browser: httpx2.AsyncClient, provider: ScriptedProvider) -> None:
    """Code, PKCE with S256, state and nonce; the person's language travels along."""
    answer = await browser.get("/login?create=1", headers={"accept-language": "cs"})
    asked = provider.asked(answer.headers["location"])
    assert answer.status_code == 303
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["state"]
    assert asked["nonce"]
    assert (asked["prompt"], asked["ui_locales"]) == ("create", "cs")
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "SameSite=Lax" in answer.headers["set-cookie"]


async def test_sign_in_redeems_with_the_browsers_user_agent(
    browser: httpx2.AsyncClient, provider: ScriptedProvider
) -> None:
    """The server passes the browser's header on, and the dashboard greets the person and tells what happened."""
    answer = await sign_in(browser, provider)
    assert answer.headers["location"] == "/dashboard"
    assert provider.forms[0]["user_agent"] == FIREFOX
    assert provider.forms[0]["code_verifier"]
    page = (await browser.get("/dashboard")).text
    assert "Hello, Demo Customer" in page
    assert "The ID token was checked" in page
    assert "refresh-1" not in page


@pytest.mark.parametrize("status", [200, 403])
async def test_services_are_reported_with_the_portals_own_token(
    browser: httpx2.AsyncClient, provider: ScriptedProvider, status: int
) -> None:
    """At each sign-in, with a scope for nothing else; a provider that refuses it keeps nobody out."""
    provider.services_status = status
    assert (await sign_in(browser, provider)).headers["location"] == "/dashboard"
    ((subject, token, body),) = provider.reported
    assert (subject, token) == ("acc_1", "Bearer own idp.services.write")
    (service,) = body["services"]
    page = (await browser.get("/dashboard")).text
    assert f"{service['name']}, number {service['number']}" in page
    assert ("The portal told the provider" in page) is (status == 200)


async def test_sign_in_changes_the_session_id(browser: httpx2.AsyncClient, provider: ScriptedProvider) -> None:
    """An id that somebody planted before the sign-in is worth nothing after it."""
    begun = await browser.get("/login")
    before = browser.cookies["portal"]
    await browser.get(provider.answer_to(begun.headers["location"]))
    assert browser.cookies["portal"] != before
    planted = await browser.get("/dashboard", headers={"cookie": f"portal={before}"})
    assert planted.headers["location"] == "/"


async def test_each_of_three_tabs_ends_in_the_dashboard(
    browser: httpx2.AsyncClient, provider: ScriptedProvider
) -> None:
    """Three sign-ins begun in one browser all work, whichever comes back first."""
    urls = [(await browser.get("/login")).headers["location"] for _ in range(3)]
    for url in urls:
        answer = await browser.get(provider.answer_to(url))
        assert answer.headers["location"] == "/dashboard"
    assert len(provider.forms) == 3


async def test_answer_that_was_used_before_is_no_dead_end(
    browser: httpx2.AsyncClient, provider: ScriptedProvider
) -> None:
    """The back button to an old callback address leads to the dashboard, or into a new sign-in."""
    begun = await browser.get("/login")
    back = provider.answer_to(begun.headers["location"])
    await browser.get(back)
    assert (await browser.get(back)).headers["location"] == "/dashboard"
    await browser.post("/logout")
    assert (await browser.get(back)).headers["location"] == "/login"


async def test_browser_without_cookies_is_told_so(browser: httpx2.AsyncClient) -> None:
    """Without a cookie every attempt would go round in a circle."""
    answer = await browser.get("/callback?code=x&state=y&iss=" + ISSUER)
    assert answer.status_code == 400
    assert "Allow cookies for 127.0.0.1, then try again." in answer.text


@pytest.mark.parametrize("iss", ["http://evil.example", ""])
async def test_answer_of_another_issuer_is_refused(
    browser: httpx2.AsyncClient, provider: ScriptedProvider, iss: str
) -> None:
    """RFC 9207 §2.4: the code of a mixed-up answer is not sent anywhere."""
    begun = await browser.get("/login")
    answer = await browser.get(provider.answer_to(begun.headers["location"], iss=iss))
    assert "wrong_issuer" in await problem(browser, answer)
    assert provider.forms == []


@pytest.mark.parametrize(
    "changes", [{"nonce": "another"}, {"aud": "another"}, {"iss": "http://evil.example"}, {"exp": 1}], ids=str
)
async def test_id_token_that_is_not_for_this_sign_in_is_refused(
    browser: httpx2.AsyncClient, provider: ScriptedProvider, changes: dict[str, object]
) -> None:
    """Nonce, audience, issuer and time of the ID token are checked before anybody is signed in."""
    provider.id_token_changes = changes
    assert "could not be finished" in await problem(browser, await sign_in(browser, provider))
    assert (await browser.get("/dashboard")).headers["location"] == "/"


async def test_denied_access_is_said_in_plain_words(browser: httpx2.AsyncClient, provider: ScriptedProvider) -> None:
    """After Don't allow the page says so and offers another try; reloading shows it again."""
    begun = await browser.get("/login")
    state = provider.asked(begun.headers["location"])["state"]
    answer = await browser.get(f"/callback?error=access_denied&state={state}&iss={ISSUER}")
    page = await problem(browser, answer)
    assert "You did not allow access." in page
    assert "Try again" in page
    assert "You did not allow access." in (await browser.get("/problem")).text


async def test_refresh_passes_the_browser_of_the_moment(
    browser: httpx2.AsyncClient, provider: ScriptedProvider
) -> None:
    """The button sends the User-Agent of the request that pressed it, and shows that it worked."""
    await sign_in(browser, provider)
    answer = await browser.post("/refresh", headers={"user-agent": "Another/2"})
    assert answer.headers["location"] == "/dashboard"
    assert provider.forms[-1]["grant_type"] == "refresh_token"
    assert provider.forms[-1]["refresh_token"] == "refresh-1"
    assert provider.forms[-1]["user_agent"] == "Another/2"
    assert "The token was refreshed." in (await browser.get("/dashboard")).text


async def test_refused_refresh_shows_the_providers_words_and_ends_the_sign_in(
    browser: httpx2.AsyncClient, provider: ScriptedProvider
) -> None:
    """A changed browser is told what the provider said, and can sign in again."""
    await sign_in(browser, provider)
    sentence = "The login was invalidated because the browser (User-Agent) was changed."
    provider.refusal = {"error": "invalid_grant", "error_description": sentence}
    page = await problem(browser, await browser.post("/refresh"))
    assert sentence in page
    assert "Sign in again" in page
    assert "invalid_grant" in page
    assert (await browser.get("/dashboard")).headers["location"] == "/"


async def test_refreshed_id_token_of_another_person_is_refused(
    browser: httpx2.AsyncClient, provider: ScriptedProvider
) -> None:
    """OIDC Core §12.2: the subject of a sign-in never changes."""
    await sign_in(browser, provider)
    provider.id_token_changes = {"sub": "acc_2"}
    assert "another person" in await problem(browser, await browser.post("/refresh"))


async def test_stale_token_is_refreshed_before_the_api_is_asked(
    browser: httpx2.AsyncClient, provider: ScriptedProvider
) -> None:
    """Nobody has to press a button: a token near its end is renewed on the way, once."""
    provider.expires_in = 30
    await sign_in(browser, provider)
    provider.expires_in = 900
    page = await browser.get("/api-call")
    assert page.status_code == 200
    assert "ua_match&#34;: true" in page.text.replace('"', "&#34;")
    grants = [form["grant_type"] for form in provider.forms if "grant_type" in form]
    assert grants == ["authorization_code", "refresh_token"]


async def test_userinfo_of_another_person_is_refused(browser: httpx2.AsyncClient, provider: ScriptedProvider) -> None:
    """OIDC Core §5.3.2: names and addresses are taken only from an answer about the same subject."""
    provider.subject = "acc_2"
    assert "invalid_userinfo" in await problem(browser, await sign_in(browser, provider))


async def test_protected_area_steps_up_and_comes_back(browser: httpx2.AsyncClient, provider: ScriptedProvider) -> None:
    """The API's wishes become a new sign-in, which ends on the page that was asked for."""
    await sign_in(browser, provider)
    answer = await browser.get("/protected")
    asked = provider.asked(answer.headers["location"])
    assert (asked["acr_values"], asked["max_age"]) == ("urn:idp:acr:otp", "300")
    provider.id_token_changes = {"acr": "urn:idp:acr:otp"}
    provider.access_token_changes = {"acr": "urn:idp:acr:otp"}
    back = await browser.get(provider.answer_to(answer.headers["location"]))
    assert urlsplit(back.headers["location"]).path == "/protected"
    page = await browser.get(back.headers["location"])
    assert page.status_code == 200
    assert "This needed a recent sign-in with OTP." in page.text


async def test_step_up_that_was_not_done_is_no_circle(browser: httpx2.AsyncClient, provider: ScriptedProvider) -> None:
    """A provider that ignores acr_values is found out by the ID token; an API that insists is shown."""
    await sign_in(browser, provider)
    begun = await browser.get("/protected")
    answer = await browser.get(provider.answer_to(begun.headers["location"]))
    assert "unmet_authentication_requirements" in await problem(browser, answer)
    page = await browser.get("/protected?stepped=1")
    assert "still asks for a stronger sign-in" in page.text


async def test_logout_leads_over_a_page_to_the_provider_and_back(
    browser: httpx2.AsyncClient, provider: ScriptedProvider
) -> None:
    """The way out carries the ID token and a state; the return is believed only with that state."""
    await sign_in(browser, provider)
    answer = await browser.post("/logout", headers={"origin": PORTAL})
    assert answer.headers["location"] == "/leaving"
    page = (await browser.get("/leaving")).text
    url = page.split('href="http://localhost')[1].split('"')[0].replace("&amp;", "&")
    asked = provider.asked(url)
    assert asked["post_logout_redirect_uri"] == f"{PORTAL}/"
    assert asked["id_token_hint"].count(".") == 2
    assert "You are signed out." not in (await browser.get("/?state=invented", follow_redirects=True)).text
    assert (await browser.get("/dashboard")).headers["location"] == "/"


async def test_return_from_the_logout_is_acknowledged_once(
    browser: httpx2.AsyncClient, provider: ScriptedProvider
) -> None:
    """The start page says that the person is signed out, and forgets it on reload."""
    await sign_in(browser, provider)
    await browser.post("/logout")
    url = (await browser.get("/leaving")).text.split('href="http://localhost')[1].split('"')[0].replace("&amp;", "&")
    back = f"/?state={provider.asked(url)['state']}"
    assert "You are signed out." in (await browser.get(back, follow_redirects=True)).text
    assert "You are signed out." not in (await browser.get("/")).text


async def test_form_of_another_origin_is_refused(browser: httpx2.AsyncClient, provider: ScriptedProvider) -> None:
    """Another port of the same host is another application: it can sign nobody out."""
    await sign_in(browser, provider)
    answer = await browser.post("/logout", headers={"origin": "http://127.0.0.1:8090"})
    assert answer.status_code == 403
    assert (await browser.get("/dashboard")).status_code == 200


async def test_partner_gets_its_own_sign_in(browser: httpx2.AsyncClient, provider: ScriptedProvider) -> None:
    """The third party is another client with another redirect URI, and its page shows what it was told."""
    begun = await browser.get("/partner/login")
    asked = provider.asked(begun.headers["location"])
    assert (asked["client_id"], asked["redirect_uri"]) == ("demo-partner", f"{PORTAL}/partner/callback")
    answer = await browser.get(provider.answer_to(begun.headers["location"]))
    assert answer.headers["location"] == "/partner"
    assert "Demo Customer" in (await browser.get("/partner")).text
    assert (await browser.get("/dashboard")).headers["location"] == "/"


async def test_denied_partner_offers_another_try(browser: httpx2.AsyncClient, provider: ScriptedProvider) -> None:
    """Not allowing the partner leads to a sentence and back to the partner's sign-in."""
    begun = await browser.get("/partner/login")
    state = provider.asked(begun.headers["location"])["state"]
    answer = await browser.get(f"/partner/callback?error=access_denied&state={state}&iss={ISSUER}")
    page = await problem(browser, answer)
    assert "You did not allow access." in page
    assert 'href="/partner/login"' in page


async def test_unknown_page_is_a_page(browser: httpx2.AsyncClient) -> None:
    """A wrong address gets a sentence, not a stack trace or JSON."""
    answer = await browser.get("/nothing-here")
    assert answer.status_code == 404
    assert "There is no page at this address." in answer.text
