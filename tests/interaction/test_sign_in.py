"""Sessions through their life: a new secret at every gain, nothing for half a login, and the end of everything."""

from collections.abc import Iterator, Sequence

import pytest
from starlette.routing import BaseRoute

from idp.credentials.otp import code_now
from tests.support.browser import CHROME, Browser
from tests.support.provider import OTP_KEY, PASSWORD, Provider
from tests.support.relying_party import RelyingParty

LUCIE = "lucie@wedos.cz"

# What anybody may open, with or without a session; the sign-out and the chooser serve half a login as well.
PUBLIC = {
    "/approve/done",
    "/captcha",
    "/case/{number}/authorise",
    "/clients/{client_id}/logo",
    "/contact",
    "/continue",
    "/cookies-off",
    "/dev/inbox",
    "/dev/inbox.json",
    "/device",
    "/error",
    "/favicon.ico",
    "/help",
    "/help/cannot-complete-login",
    "/help/change-login-email",
    "/help/login-email",
    "/help/messages",
    "/jwks",
    "/live",
    "/logged-out",
    "/logout",
    "/lost-otp",
    "/object",
    "/ready",
    "/recovery",
    "/recovery/reset",
    "/.well-known/change-password",
    "/robots.txt",
    "/select-account",
    "/session/status",
    "/verify/email/confirmed",
    "/verify/email/link",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/.well-known/security.txt",
}
BACK_CHANNEL = {"/token", "/introspect", "/revoke", "/userinfo", "/par", "/device_authorization", "/bc-authorize"}


def _paths(routes: Sequence[BaseRoute]) -> Iterator[str]:
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _paths(inner.routes)
        elif (path := getattr(route, "path", "")) != "/static":
            yield path


async def opens_account(provider: Provider, secret: str) -> bool:
    """Whether this cookie is somebody."""
    async with Browser(provider.app) as other:
        other.set_cookie("session", secret)
        return (await other.open("/account/security")).path == "/account/security"


@pytest.mark.requirement("MF-11", "MF-10")
async def test_half_a_login_reaches_only_its_next_step(browser: Browser, provider: Provider) -> None:
    """Every route of the provider, opened with the cookie of a password without its OTP code."""
    await provider.account(otp=True)
    rp = RelyingParty(provider, await provider.client())
    page = await rp.sign_in(browser)
    assert page.path == "/login/otp"
    secret = browser.http.cookies["session"]
    for path in sorted({*_paths(provider.app.router.routes)} - PUBLIC - BACK_CHANNEL - {"/authorize"}):
        page = await browser.open(path)
        # A recovery code stands in for the OTP code; 401 is for programs; to some addresses only a form sends.
        assert page.path in {"/login/otp", "/login/recovery-code"} or page.status in {401, 405}, path
        assert LUCIE not in page.text
    for path in BACK_CHANNEL:
        answer = await browser.http.post(path, data={"token": secret}, headers={"authorization": f"Bearer {secret}"})
        assert answer.status_code in {400, 401}
    assert (await browser.http.get("/session/status")).text == "none"
    page = await browser.open(rp.authorization_url(prompt="none"))
    assert page.query["error"] == "login_required"


@pytest.mark.requirement("SE-01")
async def test_every_gain_changes_the_secret(browser: Browser, provider: Provider) -> None:
    """Password, OTP code, password again, logout: four secrets, of which only the newest one opens anything."""
    await provider.account(otp=True)
    rp = RelyingParty(provider, await provider.client())
    seen = []
    await rp.sign_in(browser)
    seen.append(browser.http.cookies["session"])
    await browser.submit(code=code_now(OTP_KEY, provider.clock.now()))
    seen.append(browser.http.cookies["session"])
    provider.clock.advance(seconds=30)
    await browser.open(rp.authorization_url(prompt="login"))
    await browser.submit(username=LUCIE, password=PASSWORD)
    seen.append(browser.http.cookies["session"])
    await browser.submit(code=code_now(OTP_KEY, provider.clock.now()))
    seen.append(browser.http.cookies["session"])
    assert len(set(seen)) == 4
    assert [await opens_account(provider, secret) for secret in seen] == [False, False, False, True]
    await browser.open("/logout")
    await browser.submit(button="logout-confirm")
    assert "session" not in browser.http.cookies
    assert not await opens_account(provider, seen[-1])


@pytest.mark.requirement("SE-01", "SE-02")
async def test_a_cookie_planted_before_the_login_is_not_the_one_after(provider: Provider, rp: RelyingParty) -> None:
    """Session fixation: what an attacker put into the browser opens nothing once the person has signed in."""
    async with Browser(provider.app) as victim:
        victim.set_cookie("session", "p" * 43)
        page = await rp.sign_in(victim)
        assert "code" in page.query
        assert "p" * 43 not in victim.http.cookies["session"]
    assert not await opens_account(provider, "p" * 43)


@pytest.mark.requirement("SE-07")
async def test_a_logout_ends_the_session_its_tokens_and_its_codes(any_provider: Provider) -> None:
    """Cookie, refresh token and unredeemed code are all worth nothing; a grant with `offline_access` lives on."""
    await any_provider.account()
    rp = RelyingParty(any_provider, await any_provider.client())
    async with Browser(any_provider.app) as browser:
        tokens = await rp.tokens(browser)
        page = await browser.open(rp.authorization_url(scope="openid offline_access"))
        offline = (await rp.redeem(page.query["code"])).json()
        code = (await browser.open(rp.authorization_url())).query["code"]
        secret = browser.http.cookies["session"]
        await browser.open("/logout")
        await browser.submit(button="logout-confirm")
        assert not await opens_account(any_provider, secret)
        assert (await browser.open(rp.authorization_url(prompt="none"))).query["error"] == "login_required"
    assert (await rp.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await rp.redeem(code)).json()["error"] == "invalid_grant"
    assert (await rp.introspect(tokens["access_token"]))["active"] is False
    assert (await rp.refresh(offline["refresh_token"])).status_code == 200


@pytest.mark.requirement("SE-09")
async def test_a_new_password_ends_every_login(any_provider: Provider) -> None:
    """Cookies and refresh tokens of all browsers, offline ones too, and the old password itself."""
    await any_provider.account()
    rp = RelyingParty(any_provider, await any_provider.client())
    refresh_tokens, secrets = [], []
    for agent in (CHROME, None):
        async with Browser(any_provider.app, **({"user_agent": agent} if agent else {})) as browser:
            tokens = await rp.tokens(browser, scope="openid offline_access")
            refresh_tokens.append(tokens["refresh_token"])
            secrets.append(browser.http.cookies["session"])
    await any_provider.set_password(LUCIE, "seven herons over the weir")
    for refresh_token in refresh_tokens:
        assert (await rp.refresh(refresh_token)).json()["error"] == "invalid_grant"
    assert not await opens_account(any_provider, secrets[1])
    async with Browser(any_provider.app) as browser:
        page = await rp.sign_in(browser)
        assert page.shows("The email or password is not right.")
        page = await rp.sign_in(browser, password="seven herons over the weir")
        assert "code" in page.query


async def test_a_login_given_in_another_tab_counts(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """`prompt=login` in one tab is answered by a login in another one that began later, never by an older one."""
    await rp.sign_in(browser)
    provider.clock.advance(seconds=10)
    demanding = await browser.open(rp.authorization_url(prompt="login"))
    assert demanding.path == "/login"
    provider.clock.advance(seconds=10)
    await browser.open(rp.authorization_url(prompt="login"))
    await browser.submit(username=LUCIE, password=PASSWORD)
    page = await browser.open(demanding.url)
    assert "code" in page.query
