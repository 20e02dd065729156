"""`resource` (RFC 8707): what the client's tokens are for, and nothing else."""

from typing import Any

import pytest

from tests.support.browser import Browser
from tests.support.calls import answer_to, get, json_of, location_of, outcome, post, secret_of
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, claims_of

API, LEDGER = "https://api.example", "https://ledger.example/v2"
FOREIGN = (
    "https://other.example", API + "/", API.upper(), "api", "https://api.example.evil.example", API + "#x", "//x", "#",
    f"{API} https://other.example", "http://[", " ".join(f"{API}/{number}" for number in range(9)),
)  # fmt: skip


async def client_of_two(provider: Provider, **metadata: Any) -> RelyingParty:
    await provider.account()
    return RelyingParty(provider, await provider.client(audience=[API, LEDGER], **metadata))


@pytest.mark.requirement("TK-21")
async def test_a_foreign_resource_is_an_invalid_target(provider: Provider, browser: Browser) -> None:
    """At the authorization, at the redemption, at the refresh, and for a client's own token; nothing is used up."""
    rp = await client_of_two(provider)
    robot = await provider.client("robot", application_type="service", scope="api.read", audience=[API])
    tokens = await rp.tokens(browser)
    code = (await browser.open(rp.authorization_url())).query["code"]
    for resource in FOREIGN:
        answer = await get(provider, rp.authorization_url(resource=resource))
        assert location_of(answer)[1]["error"] == "invalid_target"
        refusals = [
            await rp.redeem(code, resource=resource),
            await rp.refresh(tokens["refresh_token"], resource=resource),
        ]
        assert {refusal.json()["error"] for refusal in refusals} == {"invalid_target"}
        own = {"grant_type": "client_credentials", "resource": resource}
        assert json_of(await post(provider, "/token", own, secret_of(robot)))["error"] == "invalid_target"
    assert (await rp.refresh(tokens["refresh_token"], resource=API)).status_code == 200
    assert (await rp.redeem(code, resource=API)).status_code == 200
    assert await answer_to(rp, resource=API) == "/login"


@pytest.mark.requirement("TK-21")
async def test_the_audience_is_what_was_asked_for(provider: Provider, browser: Browser) -> None:
    """RFC 8707 §2: all without `resource`; at the authorization one or several; each token one of these, or fewer."""
    rp, issuer = await client_of_two(provider), provider.issuer
    everything = await rp.tokens(browser)
    assert claims_of(everything["access_token"])["aud"] == [API, LEDGER, issuer]
    one = await rp.tokens(browser, resource=API)
    assert claims_of(one["access_token"])["aud"] == [API, issuer]
    both = await browser.open(f"{rp.authorization_url(resource=API)}&resource={LEDGER}")
    redeemed = (await rp.redeem(both.query["code"], resource=LEDGER)).json()
    assert claims_of(redeemed["access_token"])["aud"] == LEDGER
    again = (await rp.post("/token", refresh(redeemed) | {"resource": [API, LEDGER]})).json()
    assert claims_of(again["access_token"])["aud"] == [API, LEDGER]
    # A narrow token narrows no later one.
    whole = (await rp.refresh(again["refresh_token"])).json()
    assert claims_of(whole["access_token"])["aud"] == [API, LEDGER, issuer]


@pytest.mark.requirement("TK-21", "RT-08")
async def test_a_token_request_cannot_widen_the_audience(provider: Provider, browser: Browser) -> None:
    """What was not asked for at the authorization is refused afterwards, and costs neither code nor refresh token."""
    rp = await client_of_two(provider)
    page = await rp.sign_in(browser, resource=API)
    assert (await rp.redeem(page.query["code"], resource=LEDGER)).json()["error"] == "invalid_target"
    tokens = (await rp.redeem(page.query["code"])).json()
    for resources in ([LEDGER], [API, LEDGER]):
        refused = await rp.post("/token", refresh(tokens) | {"resource": resources})
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_target")
    assert (await rp.refresh(tokens["refresh_token"], resource=API)).status_code == 200


async def test_userinfo_wants_to_be_named(provider: Provider, browser: Browser) -> None:
    """With `openid` a token is for UserInfo too, unless the token request names resources without our issuer."""
    rp = await client_of_two(provider)
    tokens = await rp.tokens(browser, resource=API)
    assert (await rp.userinfo(tokens["access_token"])).status_code == 200
    narrow = (await rp.refresh(tokens["refresh_token"], resource=API)).json()
    assert (await rp.userinfo(narrow["access_token"])).status_code == 401
    named = (await rp.post("/token", refresh(narrow) | {"resource": [API, provider.issuer]})).json()
    assert (await rp.userinfo(named["access_token"])).status_code == 200


@pytest.mark.requirement("AZ-06")
async def test_only_resource_may_be_repeated(provider: Provider) -> None:
    """By GET and by POST; split over query and body it is refused like any other parameter."""
    rp = await client_of_two(provider)
    url = rp.authorization_url(resource=API)
    assert outcome(rp, await get(provider, f"{url}&resource={LEDGER}"), state=rp.state) == "/login"
    posted = await post(provider, "/authorize", f"{url.partition('?')[2]}&resource={LEDGER}")
    assert posted.status == 303
    assert outcome(rp, await get(provider, location_of_post(posted.header("location"))), state=rp.state) == "/login"
    assert (await post(provider, f"/authorize?resource={API}", url.partition("?")[2])).status == 400
    assert outcome(rp, await get(provider, f"{url}&nonce=x"), state=rp.state) == "page"


def location_of_post(location: str | None) -> str:
    assert location
    return location


def refresh(tokens: dict[str, str]) -> dict[str, object]:
    return {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
