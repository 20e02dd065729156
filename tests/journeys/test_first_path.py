"""The whole thin path: password, code, tokens, refresh, and the refusal of another browser."""

import pytest

from tests.support.browser import CHROME, FIREFOX, Browser
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, claims_of


async def test_password_login_gives_tokens(any_provider: Provider) -> None:
    """A person signs in, and the application gets an ID token for its nonce and a working access token."""
    account = await any_provider.account()
    rp = RelyingParty(any_provider, await any_provider.client())
    async with Browser(any_provider.app) as browser:
        tokens = await rp.tokens(browser)
    claims = claims_of(tokens["id_token"])
    assert (claims["sub"], claims["nonce"], claims["acr"]) == (account.id, rp.nonce, "urn:idp:acr:pwd")
    userinfo = (await rp.userinfo(tokens["access_token"])).json()
    assert userinfo["sub"] == account.id
    assert userinfo["email"] == "lucie@wedos.cz"


@pytest.mark.requirement("RT-12")
async def test_refresh_from_another_browser_ends_the_login(any_provider: Provider) -> None:
    """The refresh is refused, the session and the grant are gone, and the login page says why."""
    await any_provider.account()
    rp = RelyingParty(any_provider, await any_provider.client(user_agent_binding="required"))
    async with Browser(any_provider.app, user_agent=FIREFOX) as browser:
        tokens = await rp.tokens(browser, redemption={"user_agent": FIREFOX})
        good = await rp.refresh(tokens["refresh_token"], user_agent=FIREFOX)
        assert good.status_code == 200
        refused = await rp.refresh(good.json()["refresh_token"], user_agent=CHROME)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
        assert (await rp.refresh(good.json()["refresh_token"], user_agent=FIREFOX)).status_code == 400
        page = await browser.open(rp.authorization_url())
        assert page.path == "/login"
        assert page.shows("The login was invalidated because the browser (User-Agent) was changed.")
