"""The example portal, which is written with Authlib's Starlette client, against this provider."""

from collections.abc import AsyncIterator

import httpx2
import pyotp
import pytest
from fastapi import FastAPI

from examples.api.app import build_app as build_api
from examples.api.configuration import Configuration as ApiConfiguration
from examples.portal.app import build_app
from examples.portal.configuration import Configuration
from tests.relying_parties.browser import Browser
from tests.support.browser import CHROME
from tests.support.live import LiveProvider
from tests.support.provider import OTP_KEY, PASSWORD

API = "http://127.0.0.1:8090"
PORTAL = "http://127.0.0.1:8080"


class ApiInThisProcess(httpx2.AsyncBaseTransport):
    """The portal's way out: the API answers here, the provider on its port."""

    def __init__(self, api: FastAPI) -> None:
        self._api = httpx2.ASGITransport(api)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.port == 8090:
            return await self._api.handle_async_request(request)
        async with httpx2.AsyncHTTPTransport() as network:
            response = await network.handle_async_request(request)
            await response.aread()
            return response


@pytest.fixture
async def browser(live_provider: LiveProvider) -> AsyncIterator[Browser]:
    """A browser that finds the portal in this process and the provider on its port."""
    api_configuration = ApiConfiguration(
        issuer=live_provider.issuer,
        client_secret=live_provider.client(
            "example-api", application_type="service", resource_of=[API], grant_types=["client_credentials"]
        ).secret,
    )
    api = build_api(api_configuration, now=live_provider.clock.now)
    client = live_provider.client(
        "portal",
        audience=[API],
        redirect_uris=[f"{PORTAL}/callback"],
        post_logout_redirect_uris=[f"{PORTAL}/"],
        user_agent_binding="required",
        grant_types=["authorization_code", "refresh_token", "client_credentials"],
        scope="openid profile email phone api.read idp.services.write",
    )
    configuration = Configuration(
        issuer=live_provider.issuer, url=PORTAL, client_secret=client.secret, partner_client_secret="unused"
    )
    app = build_app(configuration, transport=ApiInThisProcess(api))
    async with Browser(mounts={PORTAL: httpx2.ASGITransport(app)}) as browser:
        yield browser


async def sign_in(browser: Browser, live_provider: LiveProvider) -> str:
    """The dashboard after a sign-in that began at the portal."""
    email, password = live_provider.account
    await browser.walk(f"{PORTAL}/login", f"{PORTAL}/dashboard", username=email, password=password)
    return (await browser.client.get(f"{PORTAL}/dashboard")).text


async def test_portal_signs_in_refreshes_and_signs_out(browser: Browser, live_provider: LiveProvider) -> None:
    """The whole way of a person: in, a new token, out, and the provider knows nobody any more."""
    page = await sign_in(browser, live_provider)
    assert "The ID token was checked" in page
    assert "The portal told the provider which services this account has" in page
    answer = await browser.client.post(f"{PORTAL}/refresh", headers={"origin": PORTAL}, follow_redirects=True)
    assert "The token was refreshed." in answer.text
    await browser.client.post(f"{PORTAL}/logout", headers={"origin": PORTAL})
    back = await browser.walk(f"{PORTAL}/leaving", f"{PORTAL}/?state=")
    assert "You are signed out." in (await browser.client.get(back, follow_redirects=True)).text


@pytest.mark.requirement("RT-12")
async def test_portal_shows_that_the_browser_changed(browser: Browser, live_provider: LiveProvider) -> None:
    """Another browser with the first one's cookie gets no token, and reads why; it can sign in again."""
    await sign_in(browser, live_provider)
    browser.change_to(CHROME)
    answer = await browser.client.post(f"{PORTAL}/refresh", headers={"origin": PORTAL}, follow_redirects=True)
    assert "The login was invalidated because the browser (User-Agent) was changed." in answer.text
    assert "Sign in again" in answer.text
    assert "The ID token was checked" in await sign_in(browser, live_provider)


async def test_api_takes_the_token_and_asks_for_more(browser: Browser, live_provider: LiveProvider) -> None:
    """The API accepts the portal's token, the provider confirms its browser, and the protected area wants OTP."""
    await sign_in(browser, live_provider)
    page = (await browser.client.get(f"{PORTAL}/api-call")).text
    assert "GET /hello</code> → 200" in page
    assert '"ua_match": true' in page
    answer = await browser.client.get(f"{PORTAL}/protected")
    assert "acr_values=urn%3Aidp%3Aacr%3Aotp&max_age=300" in answer.headers["location"]


async def test_sign_in_with_otp_opens_the_protected_area(browser: Browser, live_provider: LiveProvider) -> None:
    """What the provider says about the sign-in reaches the API in the access token."""
    live_provider.run(live_provider.provider.account("otp@example.com", otp=True))
    code = pyotp.TOTP(OTP_KEY).at(live_provider.clock.now())
    start, end = f"{PORTAL}/login", f"{PORTAL}/dashboard"
    await browser.walk(start, end, username="otp@example.com", password=PASSWORD, code=code)
    answer = await browser.client.get(f"{PORTAL}/protected")
    assert answer.status_code == 200
    assert "This needed a recent sign-in with OTP." in answer.text
