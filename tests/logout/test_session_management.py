"""Session management (OIDC Session Management 1.0): the state of an answer, the cookie, and the frame that compares."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.support.browser import Browser
from tests.support.calls import get, json_of
from tests.support.clock import MovableClock
from tests.support.provider import PASSWORD, Provider, running_provider, test_settings
from tests.support.relying_party import RelyingParty

ISSUER = "https://login.example"
COOKIE = "__Host-browser_state"


@pytest.fixture
async def managed(sqlite_url: str, tmp_path: Path, clock: MovableClock) -> AsyncIterator[Provider]:
    """A provider over https with session management switched on."""
    settings = test_settings(sqlite_url, tmp_path / "var", issuer=ISSUER, session_management=True)
    async with running_provider(settings, clock) as provider:
        await provider.account()
        yield provider


@pytest.fixture
async def managed_browser(managed: Provider) -> AsyncIterator[Browser]:
    async with Browser(managed.app, base_url=ISSUER) as browser:
        yield browser


def state_of(browser: Browser) -> str:
    return browser.http.cookies[COOKIE]


def is_unchanged(session_state: str, browser: Browser, *, client_id: str = "shop", origin: str) -> bool:
    """As the frame's script finds out."""
    expected, _, salt = session_state.partition(".")
    digest = hashlib.sha256(f"{client_id} {origin} {state_of(browser)} {salt}".encode()).hexdigest()
    return digest == expected


@pytest.mark.requirement("OC-38")
async def test_the_state_holds_until_the_login_changes(managed: Provider, managed_browser: Browser) -> None:
    """§3.2: from the first answer over later ones and other pages, until a second person comes, or the logout."""
    browser, shop = managed_browser, RelyingParty(managed, await managed.client())
    first = (await shop.sign_in(browser)).query["session_state"]
    assert is_unchanged(first, browser, origin="https://shop.example")
    assert not is_unchanged(first, browser, origin="https://evil.example")
    assert not is_unchanged(first, browser, client_id="bank", origin="https://shop.example")
    second = (await browser.open(shop.authorization_url(prompt="none"))).query["session_state"]
    await browser.open("/account/security")
    assert first != second
    for state in (first, second):
        assert is_unchanged(state, browser, origin="https://shop.example")

    await managed.account("petr@wedos.cz")
    await browser.open(shop.authorization_url(prompt="login", login_hint="petr@wedos.cz"))
    page = await browser.submit(username="petr@wedos.cz", password=PASSWORD)
    assert not is_unchanged(first, browser, origin="https://shop.example")
    assert is_unchanged(page.query["session_state"], browser, origin="https://shop.example")

    await browser.open("/logout")
    await browser.submit(button="logout-confirm")
    assert not is_unchanged(page.query["session_state"], browser, origin="https://shop.example")
    assert (await browser.open(shop.authorization_url(prompt="none"))).query["error"] == "login_required"


async def test_signed_in_again_with_the_same_person_it_is_another_state(
    managed: Provider, managed_browser: Browser
) -> None:
    """A session of its own: whoever watched the first one asks anew."""
    browser, shop = managed_browser, RelyingParty(managed, await managed.client())
    first = (await shop.sign_in(browser)).query["session_state"]
    await browser.open("/logout")
    await browser.submit(button="logout-confirm")
    await shop.sign_in(browser)
    assert not is_unchanged(first, browser, origin="https://shop.example")


@pytest.mark.requirement("OC-38")
async def test_only_this_cookie_is_for_scripts_and_frames(managed: Provider, managed_browser: Browser) -> None:
    """SameSite=None, Secure, host-only, not HttpOnly; the session's own stay what they are."""
    seen: list[str] = []

    async def record(response: httpx.Response) -> None:
        seen.extend(response.headers.get_list("set-cookie"))

    managed_browser.http.event_hooks["response"] = [record]
    await RelyingParty(managed, await managed.client()).sign_in(managed_browser)
    (shown, *_) = [header for header in seen if header.startswith(COOKIE)]
    attributes = {part.strip().lower() for part in shown.split(";")[1:]}
    assert attributes == {"path=/", "secure", "samesite=none"}
    others = [header.lower() for header in seen if not header.startswith(COOKIE)]
    assert others
    assert all("httponly" in header and "samesite=lax" in header for header in others)


async def test_a_request_without_our_cookies_changes_no_state(managed: Provider, managed_browser: Browser) -> None:
    """A frame or form of another site brings only the readable one: nothing is known then, and nothing is said."""
    shop = RelyingParty(managed, await managed.client())
    await shop.sign_in(managed_browser)
    async with Browser(managed.app, base_url=ISSUER) as framed:
        framed.set_cookie(COOKIE, state_of(managed_browser))
        answer = await framed.http.get(shop.authorization_url(prompt="none"))
        assert "error=login_required" in answer.headers["location"]
        assert not [each for each in answer.headers.get_list("set-cookie") if each.startswith(COOKIE)]


@pytest.mark.requirement("OT-25")
async def test_anybody_may_frame_the_check_and_nothing_else(managed: Provider) -> None:
    """No X-Frame-Options, frame-ancestors *; every other page keeps both shut."""
    frame = await get(managed, "/check-session")
    assert frame.status == 200
    assert frame.header("x-frame-options") is None
    assert "frame-ancestors *" in (frame.header("content-security-policy") or "")
    assert frame.header("cross-origin-resource-policy") == "cross-origin"
    assert frame.header("set-cookie") is None
    assert f'data-cookie="{COOKIE}"' in frame.body.decode()
    for path in ("/login", "/logged-out", "/help"):
        page = await get(managed, path)
        if page.status == 200:
            assert page.header("x-frame-options") == "DENY"
            assert "frame-ancestors 'none'" in (page.header("content-security-policy") or "")


async def test_it_is_advertised_where_it_is(managed: Provider) -> None:
    """The frame's address in discovery."""
    path = "/.well-known/openid-configuration"
    assert json_of(await get(managed, path))["check_session_iframe"] == f"{ISSUER}/check-session"


async def test_by_default_it_is_off(rp: RelyingParty, browser: Browser) -> None:
    """No address, no page, no cookie, no state."""
    metadata = json_of(await get(rp.provider, "/.well-known/openid-configuration"))
    assert "check_session_iframe" not in metadata
    assert (await get(rp.provider, "/check-session")).status == 404
    assert "session_state" not in (await rp.sign_in(browser)).query
    assert not any("browser_state" in name for name in browser.http.cookies)
