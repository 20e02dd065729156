"""Revocation: the client gives a token back, and with it everything of that login."""

import pytest

from idp.database.engine import Database
from tests.support.browser import Browser
from tests.support.calls import json_of, post
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty


async def is_alive(rp: RelyingParty, tokens: dict[str, str]) -> bool:
    """Whether access and refresh token still work; they live and die together."""
    access = (await rp.introspect(tokens["access_token"]))["active"]
    refresh = (await rp.introspect(tokens["refresh_token"]))["active"]
    userinfo = (await rp.userinfo(tokens["access_token"])).status_code == 200
    assert access == refresh == userinfo
    return bool(access)


@pytest.mark.requirement("RT-16")
@pytest.mark.parametrize("token", ["refresh_token", "access_token"])
@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "nonsense"])
async def test_either_token_ends_the_family(rp: RelyingParty, browser: Browser, token: str, hint: str | None) -> None:
    """Refresh and access token end together, whatever the hint says; another login of the same person does not."""
    other = await rp.tokens(browser)
    tokens = await rp.tokens(browser)
    answer = await rp.post("/revoke", {"token": tokens[token]} | ({"token_type_hint": hint} if hint else {}))
    assert (answer.status_code, answer.content) == (200, b"")
    assert not await is_alive(rp, tokens)
    assert (await rp.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert await is_alive(rp, other)


@pytest.mark.requirement("RT-16")
async def test_an_older_refresh_token_ends_it_too(rp: RelyingParty, browser: Browser) -> None:
    """A client that lost the last answer can still give back what it has."""
    tokens = await rp.tokens(browser)
    newer = (await rp.refresh(tokens["refresh_token"])).json()
    await rp.post("/revoke", {"token": tokens["refresh_token"]})
    assert not await is_alive(rp, newer)


@pytest.mark.requirement("RT-16")
async def test_what_is_not_yours_stays(rp: RelyingParty, browser: Browser) -> None:
    """Unknown tokens and other clients' tokens are answered like good ones, and live on."""
    tokens = await rp.tokens(browser)
    thief = RelyingParty(rp.provider, await rp.provider.client("thief"))
    app = RelyingParty(rp.provider, await rp.provider.client("app", application_type="spa"))
    for caller in (thief, app):
        for value in (tokens["refresh_token"], tokens["access_token"], tokens["id_token"], "nonsense"):
            answer = await caller.post("/revoke", {"token": value})
            assert (answer.status_code, answer.content) == (200, b"")
    await rp.post("/revoke", {"token": tokens["id_token"]})
    assert await is_alive(rp, tokens)


@pytest.mark.requirement("RT-16")
async def test_revocation_wants_a_client_and_a_token(rp: RelyingParty, browser: Browser) -> None:
    """Without credentials 401, without a token 400, and nothing has happened."""
    tokens = await rp.tokens(browser)
    anonymous = await post(rp.provider, "/revoke", {"token": tokens["refresh_token"]})
    assert (anonymous.status, json_of(anonymous)["error"]) == (401, "invalid_client")
    nameless = await post(rp.provider, "/revoke", {"token": tokens["refresh_token"], "client_id": "shop"})
    assert nameless.status == 401
    empty = await rp.post("/revoke", {"token": ""})
    assert (empty.status_code, empty.json()["error"]) == (400, "invalid_request")
    assert await is_alive(rp, tokens)


@pytest.mark.requirement("RT-16")
async def test_a_public_client_revokes_its_own(provider: Provider, browser: Browser) -> None:
    """It names itself; the token is the proof (RFC 7009 §2.1)."""
    await provider.account()
    rp = RelyingParty(provider, await provider.client("app", application_type="spa", user_agent_binding="off"))
    tokens = await rp.tokens(browser)
    assert (await rp.post("/revoke", {"token": tokens["refresh_token"]})).status_code == 200
    assert (await rp.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await rp.userinfo(tokens["access_token"])).status_code == 401


@pytest.mark.requirement("RT-16")
async def test_a_broken_store_is_no_success(rp: RelyingParty, browser: Browser) -> None:
    """The caller must not believe that a token is dead while nobody wrote it down: 503, try again."""
    tokens = await rp.tokens(browser)
    wiring = rp.provider.wiring
    working, wiring.database = wiring.database, Database("postgresql://nobody@127.0.0.1:1/nothing")
    try:
        answer = await rp.post("/revoke", {"token": tokens["refresh_token"]})
    finally:
        await wiring.database.close()
        wiring.database = working
    assert (answer.status_code, answer.json()) == (503, {"error": "temporarily_unavailable"})
    assert answer.headers["retry-after"]
    assert await is_alive(rp, tokens)
    assert (await rp.post("/revoke", {"token": tokens["refresh_token"]})).status_code == 200
    assert not await is_alive(rp, tokens)
