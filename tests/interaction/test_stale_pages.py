"""Back, two tabs, lunch, a changed browser: each still ends in the application, or says what to do next."""

import httpx
import pytest

from tests.support.browser import CHROME, FIREFOX, Browser
from tests.support.provider import PASSWORD, Provider
from tests.support.relying_party import RelyingParty

LUCIE = "lucie@wedos.cz"
CHANGED = "The login was invalidated because the browser (User-Agent) was changed."


async def test_a_page_left_open_over_lunch_still_works(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """Hours later, even the next morning, the same form signs in to the same application."""
    await browser.open(rp.authorization_url())
    provider.clock.advance(hours=23)
    page = await browser.submit(username=LUCIE, password=PASSWORD)
    assert page.query["state"] == rp.state


async def test_two_tabs_end_in_their_own_applications(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """The second tab's form, sent after the first one signed in, goes on to its own application."""
    portal = RelyingParty(provider, await provider.client("portal"))
    first = await browser.open(rp.authorization_url())
    second = await browser.open(portal.authorization_url())
    page = await browser.post(first.url, first.forms[0].fields | {"username": LUCIE, "password": PASSWORD})
    assert page.url.startswith(rp.client.redirect_uri)
    page = await browser.post(second.url, second.forms[0].fields | {"username": "typed", "password": "wrong"})
    assert page.url.startswith(portal.client.redirect_uri)
    assert "code" in page.query


async def test_three_tabs_restored_at_once_all_work(provider: Provider, rp: RelyingParty) -> None:
    """Each began without a cookie and got one of its own; the browser keeps the last, and all three forms work."""
    urls, forms = [], []
    for _ in range(3):
        async with Browser(provider.app) as tab:
            page = await tab.open(rp.authorization_url())
            urls.append(page.url)
            forms.append(page.forms[0].fields)
            kept = tab.http.cookies["device"]
    for url, fields in zip(urls, forms, strict=True):
        async with Browser(provider.app) as browser:
            browser.set_cookie("device", kept)
            page = await browser.post(url, fields | {"username": LUCIE, "password": PASSWORD})
            assert "code" in page.query


async def test_back_to_an_earlier_page_goes_on(browser: Browser, provider: Provider) -> None:
    """From the OTP page back to the login page: it leads forward again."""
    await provider.account(otp=True)
    rp = RelyingParty(provider, await provider.client())
    login = await browser.open(rp.authorization_url())
    page = await browser.submit(username=LUCIE, password=PASSWORD)
    assert page.path == "/login/otp"
    page = await browser.open(login.url)
    assert page.path == "/login/otp"
    page = await browser.post(login.url, login.forms[0].fields | {"username": LUCIE, "password": PASSWORD})
    assert page.path == "/login/otp"


@pytest.mark.requirement("SE-17", "WE-06")
@pytest.mark.parametrize(
    ("token", "headers"),
    [
        ("", {}),
        ("made.up", {}),
        (None, {"origin": "https://evil.example"}),
        (None, {"origin": "null"}),
        (None, {"origin": "http://localhost:8001"}),
        (None, {"sec-fetch-site": "cross-site"}),
        (None, {"sec-fetch-site": "same-site"}),
    ],
    ids=["none", "made up", "foreign origin", "null origin", "other port", "cross-site", "same-site"],
)
async def test_a_forged_login_has_no_effect_and_the_form_comes_back(
    browser: Browser, rp: RelyingParty, token: str | None, headers: dict[str, str]
) -> None:
    """Nobody is signed in; the page says that it was open for long, and keeps the email."""
    page = await browser.open(rp.authorization_url())
    fields = page.forms[0].fields | {"username": LUCIE, "password": PASSWORD}
    if token is not None:
        fields["csrf"] = token
    page = await browser.post(page.url, fields, **headers)
    assert (page.path, page.status) == ("/login", 200)
    assert page.shows("This page was open for a long time. Please send it again.")
    assert page.forms[0].fields["username"] == LUCIE
    assert "session" not in browser.http.cookies
    page = await browser.submit(username=LUCIE, password=PASSWORD)
    assert "code" in page.query


async def test_without_cookies_the_page_says_so(browser: Browser, rp: RelyingParty) -> None:
    """A form without our cookie names the host, and leads back to the same request."""
    page = await browser.open(rp.authorization_url())
    fields = page.forms[0].fields | {"username": LUCIE, "password": PASSWORD}
    browser.http.cookies.clear()
    page = await browser.post(page.url, fields)
    assert page.shows("Allow cookies for <strong>localhost</strong>, then try again.")
    await browser.click("retry")
    page = await browser.submit(username=LUCIE, password=PASSWORD)
    assert page.query["state"] == rp.state


@pytest.mark.requirement("RT-12", "RT-15")
async def test_a_browser_that_changed_gets_one_page_with_the_reason(
    browser: Browser, provider: Provider, rp: RelyingParty
) -> None:
    """One redirect, the sentence, the request kept, the tokens dead; the next login works and nothing loops."""
    tokens = await rp.tokens(browser)
    browser.change_to(CHROME)
    answer = await browser.http.get(rp.authorization_url())
    assert answer.status_code == 303
    shown = await browser.http.get(answer.headers["location"])
    assert shown.status_code == 200
    assert CHANGED in shown.text
    assert "/help/cannot-complete-login" in shown.text
    assert (await rp.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    await browser.open(answer.headers["location"])
    page = await browser.submit(username=LUCIE, password=PASSWORD)
    assert page.query["state"] == rp.state
    assert (await browser.open("/account/security")).path == "/account/security"
    assert "user_agent_changed" in await provider.events()


@pytest.mark.requirement("RT-12", "RT-15")
@pytest.mark.parametrize("path", ["/", "/account/security", "/account/security/otp", "/login", "/consent", "/register"])
async def test_it_is_noticed_on_every_page(browser: Browser, provider: Provider, rp: RelyingParty, path: str) -> None:
    """Whichever page is the first in the other browser: the session is over and the login page says why."""
    await rp.sign_in(browser)
    browser.change_to(CHROME)
    page = await browser.open(path)
    assert page.path == ("/register" if path == "/register" else "/login")
    assert page.shows(CHANGED)
    browser.change_to(FIREFOX)
    assert (await browser.open("/account/security")).path == "/login"


@pytest.mark.requirement("RT-12", "RT-15")
async def test_a_change_between_the_steps_begins_anew(browser: Browser, provider: Provider) -> None:
    """Between password and OTP code: one redirect from the form to the login page with the reason, then on."""
    await provider.account(otp=True)
    rp = RelyingParty(provider, await provider.client())
    page = await rp.sign_in(browser)
    browser.change_to(CHROME)
    answer = await browser.http.post(page.url, data=page.forms[0].fields | {"code": "123456"})
    assert answer.headers["location"].startswith("/login?")
    page = await browser.open(answer.headers["location"])
    assert page.shows(CHANGED)
    await browser.submit(username=LUCIE, password=PASSWORD)
    page = await rp.sign_in(browser, otp=True)
    assert page.query["state"] == rp.state


@pytest.mark.requirement("RT-13")
@pytest.mark.parametrize(
    "agents",
    [
        [],
        [""],
        [FIREFOX, FIREFOX],
        [FIREFOX, CHROME],
        ["x" * 8000],
        [FIREFOX.swapcase()],
        ["kube-probe/1.30"],
        ["curl/8.5"],
    ],
    ids=["none", "empty", "twice", "two", "8 kB", "swapped case", "probe", "curl"],
)
async def test_the_check_cannot_be_dodged(browser: Browser, rp: RelyingParty, agents: list[str]) -> None:
    """Each of these is another browser: the session ends."""
    await rp.sign_in(browser)
    others = [(name, value) for name, value in browser.http.headers.multi_items() if name != "user-agent"]
    browser.http.headers = httpx.Headers(others)
    request = browser.http.build_request("GET", "/account/security")
    kept = [(name, value) for name, value in request.headers.raw if name.lower() != b"user-agent"]
    request.headers = httpx.Headers([*kept, *((b"user-agent", agent.encode()) for agent in agents)])
    answer = await browser.http.send(request)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?")
    browser.change_to(FIREFOX)
    assert (await browser.open("/account/security")).path == "/login"


async def test_a_browser_that_updated_itself_is_the_same(
    browser: Browser, provider: Provider, rp: RelyingParty
) -> None:
    """F8.4: a newer version goes on, and becomes the floor: the older one is another browser then."""
    await rp.sign_in(browser)
    browser.change_to(FIREFOX.replace("146", "147"))
    assert (await browser.open("/account/security")).path == "/account/security"
    browser.change_to(FIREFOX)
    page = await browser.open("/account/security")
    assert page.shows(CHANGED)
