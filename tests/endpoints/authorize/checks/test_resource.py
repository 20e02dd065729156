"""`resource` (RFC 8707): what the client's tokens are for, and nothing else."""

import pytest

from tests.support.browser import Browser
from tests.support.calls import answer_to, get, json_of, location_of, post, secret_of
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, claims_of

API = "https://api.example"
FOREIGN = ("https://other.example", API + "/", API.upper(), "api", "https://api.example.evil.example")


@pytest.mark.requirement("TK-21")
async def test_a_foreign_resource_is_an_invalid_target(provider: Provider, browser: Browser) -> None:
    """At the authorization, at the redemption, at the refresh, and for a client's own token."""
    await provider.account()
    rp = RelyingParty(provider, await provider.client(audience=[API]))
    robot = await provider.client("robot", application_type="service", scope="api.read", audience=[API])
    tokens = await rp.tokens(browser, resource=API, redemption={"resource": API})
    assert claims_of(tokens["access_token"])["aud"] == [API, provider.issuer]
    for resource in FOREIGN:
        answer = await get(provider, rp.authorization_url(resource=resource))
        assert location_of(answer)[1]["error"] == "invalid_target"
        code = (await browser.open(rp.authorization_url())).query["code"]
        refusals = [
            await rp.redeem(code, resource=resource),
            await rp.refresh(tokens["refresh_token"], resource=resource),
        ]
        assert {refusal.json()["error"] for refusal in refusals} == {"invalid_target"}
        own = {"grant_type": "client_credentials", "resource": resource}
        assert json_of(await post(provider, "/token", own, secret_of(robot)))["error"] == "invalid_target"
    assert (await rp.refresh(tokens["refresh_token"], resource=API)).status_code == 200
    assert await answer_to(rp, resource=API) == "/login"
