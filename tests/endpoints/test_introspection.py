"""Introspection: what a token stands for, to its client or its resource; to all others it stands for nothing."""

import pytest

from tests.support.browser import Browser
from tests.support.calls import json_of, post, secret_of
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, claims_of

INACTIVE = {"active": False}


@pytest.mark.requirement("RT-17")
async def test_only_who_it_concerns_is_told(provider: Provider, browser: Browser) -> None:
    """Its client and the resource in its audience see it; another client, another resource, nobody: not."""
    await provider.account()
    rp = RelyingParty(provider, await provider.client(audience=["https://api.example"]))
    api = RelyingParty(provider, await provider.client("api", resource_of=["https://api.example"]))
    other_api = RelyingParty(provider, await provider.client("other-api", resource_of=["https://other.example"]))
    other = RelyingParty(provider, await provider.client("other"))
    tokens = await rp.tokens(browser)
    for asker in (rp, api):
        described = await asker.introspect(tokens["access_token"])
        claims = claims_of(tokens["access_token"])
        assert described == {"active": True, "token_type": "Bearer"} | {
            name: value for name, value in claims.items() if name != "grant_id"
        }
    for asker in (other_api, other):
        assert await asker.introspect(tokens["access_token"]) == INACTIVE
    refresh = await rp.introspect(tokens["refresh_token"])
    assert (refresh["active"], refresh["client_id"], refresh["sub"]) == (True, "shop", claims["sub"])
    for asker in (api, other_api, other):
        assert await asker.introspect(tokens["refresh_token"]) == INACTIVE


@pytest.mark.requirement("RT-17")
async def test_whoever_asks_has_proven_who_it_is(provider: Provider, browser: Browser) -> None:
    """Nobody, a wrong secret, a bearer, a public client: 401, and not a word about the token."""
    await provider.account()
    rp = RelyingParty(provider, await provider.client())
    await provider.client("app", application_type="spa")
    token = (await rp.tokens(browser))["access_token"]
    answers = [
        await post(provider, "/introspect", {"token": token}),
        await post(provider, "/introspect", {"token": token, "client_id": "shop"}),
        await post(provider, "/introspect", {"token": token, "client_id": "app"}),
        await post(provider, "/introspect", {"token": token}, ("authorization", f"Bearer {token}")),
    ]
    for answer in answers:
        assert (answer.status, json_of(answer)["error"]) == (401, "invalid_client")
        assert "active" not in answer.text


@pytest.mark.requirement("RT-17")
async def test_what_is_no_token_is_inactive_and_nothing_else(rp: RelyingParty, browser: Browser) -> None:
    """ID token, code, expired, revoked, nonsense, whatever the hint says: `{"active": false}` in the same bytes."""
    page = await rp.sign_in(browser)
    tokens = await rp.tokens(browser)
    revoked = await rp.tokens(browser)
    await rp.post("/revoke", {"token": revoked["refresh_token"]})
    values = [
        tokens["id_token"], page.query["code"], revoked["access_token"], revoked["refresh_token"], "nonsense", "a.b.c",
        "x" * 60_000, "příliš", "{}",
    ]  # fmt: skip
    for value in values:
        for hint in ("", "access_token", "refresh_token", "nonsense"):
            answer = await rp.post("/introspect", {"token": value, "token_type_hint": hint})
            assert (answer.status_code, answer.content) == (200, b'{"active":false}')
    rp.provider.clock.advance(minutes=15)
    assert await rp.introspect(tokens["access_token"]) == INACTIVE


async def test_a_hint_changes_nothing(rp: RelyingParty, browser: Browser) -> None:
    """RFC 7662 §2.1: a wrong hint still finds the token."""
    tokens = await rp.tokens(browser)
    for name in ("access_token", "refresh_token"):
        for hint in ("access_token", "refresh_token", "unknown"):
            assert (await rp.introspect(tokens[name], token_type_hint=hint))["active"] is True


@pytest.mark.requirement("RT-16")
async def test_a_clients_own_token_can_be_revoked(provider: Provider) -> None:
    """What `client_credentials` gave has no grant, and is dead all the same."""
    robot = await provider.client("robot", application_type="service", scope="api.read")
    rp = RelyingParty(provider, robot)
    issued = await post(provider, "/token", {"grant_type": "client_credentials"}, secret_of(robot))
    token = json_of(issued)["access_token"]
    assert (await rp.introspect(token))["sub"] == "robot"
    await rp.post("/revoke", {"token": token})
    assert await rp.introspect(token) == INACTIVE
