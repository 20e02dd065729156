"""Pairwise subjects (OIDC Core §8.1): told apart by sector wherever one leaves, known wherever it returns."""

import json
from typing import Any

import pytest

from idp.clients.client import InvalidClientMetadata
from idp.clients.metadata import parse_client_metadata
from idp.clients.sector_identifier import check_sector_identifier
from tests.outbound.strangers import answering, stranger
from tests.support.browser import Browser
from tests.support.calls import bearer, get, json_of
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, claims_of

PAIRWISE = {"subject_type": "pairwise"}


async def relying_party(provider: Provider, client_id: str, **metadata: Any) -> RelyingParty:
    return RelyingParty(provider, await provider.client(client_id, **(PAIRWISE | metadata)))


async def told(rp: RelyingParty, tokens: dict[str, Any]) -> dict[str, str]:
    """Every place that names the person to this client."""
    userinfo = json_of(await get(rp.provider, "/userinfo", bearer(tokens["access_token"])))
    return {
        "ID token": claims_of(tokens["id_token"])["sub"],
        "access token": claims_of(tokens["access_token"])["sub"],
        "UserInfo": userinfo["sub"],
        "introspection": (await rp.introspect(tokens["access_token"]))["sub"],
        "introspection of the refresh token": (await rp.introspect(tokens["refresh_token"]))["sub"],
    }


@pytest.mark.requirement("OC-35", "JW-16")
async def test_a_sector_knows_a_person_by_one_name_of_its_own(provider: Provider, browser: Browser) -> None:
    """The same within a sector, at every place and every login; another elsewhere; and never the account's id."""
    account = await provider.account()
    shop = await relying_party(provider, "shop")
    twin = await relying_party(provider, "twin", redirect_uris=["https://shop.example/twin"])
    forum = await relying_party(provider, "forum")
    public = RelyingParty(provider, await provider.client("public"))
    names: dict[str, set[str]] = {}
    for rp in (shop, twin, forum, public):
        tokens = await rp.tokens(browser)
        refreshed = (await rp.refresh(tokens["refresh_token"])).json()
        names[rp.client.id] = {*(await told(rp, refreshed)).values(), claims_of(tokens["id_token"])["sub"]}
        assert len(names[rp.client.id]) == 1, rp.client.id
    assert names["shop"] == names["twin"]
    assert len({*names["shop"], *names["forum"], *names["public"]}) == 3
    assert names["public"] == {account.id}


@pytest.mark.requirement("JW-16")
async def test_no_value_of_any_token_links_two_sectors(provider: Provider, browser: Browser) -> None:
    """One login, two sectors: what their tokens have in common says nothing about who it is."""
    account = await provider.account()
    about_everybody = {"iss", "exp", "iat", "auth_time", "acr", "amr", "scope", "aud", "updated_at"}
    seen: list[set[str]] = []
    for rp in (await relying_party(provider, "shop"), await relying_party(provider, "forum")):
        tokens = await rp.tokens(browser, scope="openid")
        answers = [claims_of(tokens[name]) for name in ("id_token", "access_token")]
        answers += [await rp.introspect(tokens[name]) for name in ("access_token", "refresh_token")]
        answers.append(json_of(await get(provider, "/userinfo", bearer(tokens["access_token"]))))
        said = {name: value for answer in answers for name, value in answer.items() if name not in about_everybody}
        assert account.id not in json.dumps(answers)
        assert account.login_email not in json.dumps(answers)
        seen.append({json.dumps(value) for name, value in said.items() if name not in {"active", "token_type"}})
    # Neither is bound to a browser: that is all that the two have in common.
    assert seen[0] & seen[1] == {'{"mode": "unbound"}'}


@pytest.mark.requirement("OC-22", "OT-12")
async def test_what_a_client_was_told_it_may_ask_for(provider: Provider, browser: Browser) -> None:
    """`id_token_hint` and a `sub` of the claims parameter name the person; those of another sector name nobody."""
    await provider.account()
    shop, forum = await relying_party(provider, "shop"), await relying_party(provider, "forum")
    token = (await shop.tokens(browser))["id_token"]
    of_forum = (await forum.tokens(browser))["id_token"]

    def demand(sub: str) -> str:
        return json.dumps({"id_token": {"sub": {"value": sub}}})

    page = await browser.open(shop.authorization_url(id_token_hint=token, prompt="none"))
    again = (await shop.redeem(page.query["code"])).json()["id_token"]
    assert claims_of(again)["sub"] == claims_of(token)["sub"]
    wanted = demand(claims_of(token)["sub"])
    assert "code" in (await browser.open(shop.authorization_url(claims=wanted, prompt="none"))).query
    foreign = demand(claims_of(of_forum)["sub"])
    for refused in ({"id_token_hint": of_forum}, {"claims": foreign}):
        page = await browser.open(shop.authorization_url(prompt="none", **refused))
        assert page.query["error"] == "login_required"


async def test_a_logout_knows_the_session_by_what_the_client_was_told(provider: Provider, browser: Browser) -> None:
    """RP-Initiated Logout §2: the hint's `sid` is the sector's own, and it is that session that ends."""
    await provider.account()
    shop = await relying_party(provider, "shop", post_logout_redirect_uris=["https://shop.example/bye"])
    token = (await shop.tokens(browser))["id_token"]
    page = await browser.open(f"/logout?id_token_hint={token}&post_logout_redirect_uri=https://shop.example/bye")
    assert page.url.startswith("https://shop.example/bye")
    page = await browser.open(shop.authorization_url(prompt="none"))
    assert page.query["error"] == "login_required"


ONE_HOST = ["https://app.example/a", "https://app.example/b"]
TWO_HOSTS = ["https://app.example/cb", "https://other.example/cb"]


@pytest.mark.requirement("OT-20")
def test_the_sector_is_the_one_host_or_is_named() -> None:
    """OIDC Core §8.1, OIDC Registration §5; without a word, subjects are public, whatever the redirect URIs."""

    def sector(**metadata: Any) -> str | None:
        return parse_client_metadata("app", metadata).subjects.sector

    named = {"sector_identifier_uri": "https://sector.example/uris.json"}
    assert sector(redirect_uris=TWO_HOSTS) is None
    assert sector(redirect_uris=ONE_HOST, **named) is None
    assert sector(redirect_uris=ONE_HOST, **PAIRWISE) == "app.example"
    assert sector(redirect_uris=TWO_HOSTS, **PAIRWISE, **named) == "sector.example"
    native = {"redirect_uris": ["com.example.app:/cb"], "application_type": "native"}
    for refused in (
        {"redirect_uris": TWO_HOSTS},
        native,
        {"redirect_uris": ONE_HOST, "sector_identifier_uri": "http://sector.example/"},
        {"application_type": "service"},
    ):
        with pytest.raises(InvalidClientMetadata) as refusal:
            parse_client_metadata("app", {**refused, **PAIRWISE})
        assert refusal.value.member == "sector_identifier_uri"


FILES = {
    "good": (json.dumps([*TWO_HOSTS, "https://more.example/"]).encode(), True),
    "one is missing": (json.dumps(TWO_HOSTS[:1]).encode(), False),
    "empty": (b"[]", False),
    "an object": (b"{}", False),
    "other things": (b'[1, null, ["https://app.example/cb"]]', False),
    "no JSON": (b"<html>", False),
    "nested too deeply": (b"[" * 100_000, False),
}


@pytest.mark.requirement("OC-35", "OT-20", "OU-03")
@pytest.mark.parametrize("name", FILES)
async def test_the_file_of_a_sector_lists_every_redirect_uri(provider: Provider, name: str) -> None:
    """OIDC Registration §5: otherwise invalid_client_metadata."""
    body, is_good = FILES[name]
    async with stranger(answering(body)) as server:
        metadata = {"redirect_uris": TWO_HOSTS, "sector_identifier_uri": server.url("/uris"), **PAIRWISE}
        client = parse_client_metadata("app", metadata)
        if is_good:
            await check_sector_identifier(provider.wiring.outbound, client)
            return
        with pytest.raises(InvalidClientMetadata) as refusal:
            await check_sector_identifier(provider.wiring.outbound, client)
    assert refusal.value.member == "sector_identifier_uri"
    assert refusal.value.code == "invalid_client_metadata"
