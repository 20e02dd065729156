"""Back-channel logout (OIDC Back-Channel Logout 1.0): what a relying party is told, when, and how often."""

import base64
import json
from itertools import pairwise
from typing import Any, cast
from urllib.parse import urlencode

import pytest
from joserfc import jws
from joserfc.jwk import KeySet, KeySetSerialization

from idp.administration.messages import list_messages, retry_message
from idp.administration.pruning import Pruner
from idp.clients import store as clients
from idp.database.unavailable import DatabaseUnavailable
from idp.keys.algorithms import registry_of
from idp.messaging.store import list_fates
from tests.support.browser import CHROME, Browser
from tests.support.calls import get, json_of
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, claims_of
from tests.support.told import RESET, SILENCE, Told, told_party

EVENTS: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}


async def shop_of(provider: Provider, party: Told, client_id: str = "shop", **metadata: Any) -> RelyingParty:
    return RelyingParty(provider, await provider.client(client_id, backchannel_logout_uri=party.uri, **metadata))


def logout_url(**parameters: str) -> str:
    return f"/logout?{urlencode(parameters)}"


async def states(provider: Provider) -> list[str]:
    """What became of the notices."""
    async with provider.wiring.database.reading() as db:
        return sorted(fate.state for fate in await list_fates(db, channel="logout"))


async def deliver(provider: Provider, *, after: int = 0) -> None:
    """One look of the outbox at what is due."""
    provider.clock.advance(seconds=after)
    await provider.wiring.outbox.deliver_due()


def header_of(token: str) -> dict[str, Any]:
    header = token.split(".", maxsplit=1)[0]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    return found


@pytest.mark.requirement("SE-23", "JW-06", "OC-40", "OT-24")
@pytest.mark.parametrize("alg", ["ES256", "EdDSA", "RS256"])
async def test_the_logout_token_is_that_of_the_specification(provider: Provider, browser: Browser, alg: str) -> None:
    """§2.4, §2.5: one form field; the ID token's iss, aud, sub and sid; a type of its own, two minutes, no nonce."""
    await provider.account()
    async with told_party() as party:
        shop = await shop_of(
            provider, party, id_token_signed_response_alg=alg, backchannel_logout_session_required=True
        )
        id_token = (await shop.tokens(browser))["id_token"]
        provider.clock.advance(minutes=3)
        await browser.open(logout_url(id_token_hint=id_token))
    ((first, headers, _),) = party.requests
    assert first == "POST /backchannel HTTP/1.1"
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    (token,) = party.tokens
    jwks = json_of(await get(provider, "/jwks"))
    kid = provider.wiring.keys.signing_key(alg).kid
    assert header_of(token) == {"alg": alg, "kid": kid, "typ": "logout+jwt"}
    jws.deserialize_compact(token, KeySet.import_key_set(cast(KeySetSerialization, jwks)), registry=registry_of(alg))
    claims, told, now = claims_of(id_token), claims_of(token), provider.clock.now()
    assert told == {
        "iss": provider.issuer,
        "aud": "shop",
        "sub": claims["sub"],
        "sid": claims["sid"],
        "iat": now,
        "exp": now + 120,
        "jti": told["jti"],
        "events": EVENTS,
    }


@pytest.mark.requirement("JW-06")
async def test_a_logout_token_is_nothing_else(provider: Provider, browser: Browser) -> None:
    """It is neither an ID token hint nor an access token, although we signed it."""
    await provider.account()
    async with told_party() as party:
        shop = await shop_of(provider, party, post_logout_redirect_uris=["https://shop.example/bye"])
        await browser.open(logout_url(id_token_hint=(await shop.tokens(browser))["id_token"]))
        (token,) = party.tokens
        await shop.tokens(browser)
        page = await browser.open(logout_url(id_token_hint=token, post_logout_redirect_uri="https://shop.example/bye"))
        assert page.path == "/logout"
        assert (await shop.userinfo(token)).status_code == 401
        assert await shop.introspect(token) == {"active": False}


async def test_each_client_of_the_session_is_told_once(provider: Provider, browser: Browser) -> None:
    """However many grants it has, live or over; not another browser's, not who never signed in, not who is disabled."""
    await provider.account()
    async with told_party() as party, Browser(provider.app, user_agent=CHROME) as elsewhere:
        shop = await shop_of(provider, party)
        bank = await shop_of(provider, party, "bank")
        stranger = await shop_of(provider, party, "stranger")
        tokens = await shop.tokens(browser)
        for _ in range(3):
            again = await shop.tokens(browser)
        await shop.post("/revoke", {"token": again["refresh_token"]})
        await bank.post(
            "/revoke", {"token": (await bank.tokens(browser, scope="openid offline_access"))["refresh_token"]}
        )
        await stranger.tokens(elsewhere)
        await browser.open(logout_url(id_token_hint=tokens["id_token"]))
        await browser.open(logout_url(id_token_hint=tokens["id_token"]))
        await deliver(provider, after=10)
        sid = claims_of(tokens["id_token"])["sid"]
        assert sorted((told["aud"], told["sid"]) for told in party.claims) == [("bank", sid), ("shop", sid)]
    assert await states(provider) == ["sent", "sent"]


async def test_a_client_without_the_address_costs_nothing(provider: Provider, browser: Browser) -> None:
    """No row in the outbox."""
    await provider.account()
    shop = RelyingParty(provider, await provider.client())
    await browser.open(logout_url(id_token_hint=(await shop.tokens(browser))["id_token"]))
    assert await states(provider) == []


async def test_every_end_of_a_session_is_told(provider: Provider, browser: Browser) -> None:
    """A new password, another browser, a logout without a hint, a lock: each tells who the session was used for."""
    async with told_party() as party:
        await provider.account()
        shop = await shop_of(provider, party)

        async def by_password() -> None:
            await provider.set_password("lucie@wedos.cz", "five quiet lakes under snow")

        async def by_other_browser() -> None:
            browser.change_to(CHROME)
            await browser.open("/account/security")

        async def by_question() -> None:
            await browser.open("/logout")
            page = await browser.submit(button="logout-confirm")
            assert page.path == "/logged-out"

        for end in (by_password, by_other_browser, by_question):
            sid = claims_of((await shop.tokens(browser))["id_token"])["sid"]
            before = len(party.requests)
            await end()
            await deliver(provider)
            assert [told["sid"] for told in party.claims[before:]] == [sid], end.__name__
            browser.http.cookies.delete("session")
        await shop.tokens(browser)
        await provider.lock("lucie@wedos.cz")
        await deliver(provider)
        assert len(party.requests) == 4


async def test_an_offline_grant_survives_and_its_client_is_told(provider: Provider, browser: Browser) -> None:
    """§2.7: the refresh token with `offline_access` goes on working; the person's session there does not."""
    await provider.account()
    async with told_party() as party:
        shop = await shop_of(provider, party)
        tokens = await shop.tokens(browser, scope="openid offline_access")
        await browser.open(logout_url(id_token_hint=tokens["id_token"]))
        assert len(party.requests) == 1
        assert (await shop.refresh(tokens["refresh_token"])).status_code == 200


@pytest.mark.requirement("RB-08")
async def test_failures_are_tried_again_with_a_fresh_token(provider: Provider, browser: Browser) -> None:
    """5xx, a reset connection, too many requests: after 1, 5, 30 and 300 seconds, each time another jti and iat."""
    await provider.account()
    async with told_party(500, RESET, 503, 429) as party:
        shop = await shop_of(provider, party)
        await browser.open(logout_url(id_token_hint=(await shop.tokens(browser))["id_token"]))
        for wait in (2, 7, 38, 376):
            assert await states(provider) == ["queued"]
            await deliver(provider, after=wait)
        assert await states(provider) == ["sent"]
        told = party.claims
        assert len({claims["jti"] for claims in told}) == len(told) == 5
        assert [later["iat"] - claims["iat"] for claims, later in pairwise(told)] == [2, 7, 38, 376]
        assert all(claims["exp"] == claims["iat"] + 120 for claims in told)


@pytest.mark.requirement("RB-08")
async def test_after_five_tries_it_is_a_dead_letter(provider: Provider, browser: Browser) -> None:
    """An operator sees it, and can send it again."""
    await provider.account()
    async with told_party(*[500] * 5) as party:
        shop = await shop_of(provider, party)
        await browser.open(logout_url(id_token_hint=(await shop.tokens(browser))["id_token"]))
        for _ in range(6):
            await deliver(provider, after=400)
        assert len(party.requests) == 5
        async with provider.wiring.database.reading() as db:
            (fate,) = await list_fates(db, channel="logout", state="failed")
        assert (fate.recipient, fate.attempts, fate.answer) == ("shop", 5, "status 500")
        async with provider.wiring.database.writing() as db:
            (shown,) = await list_messages(db, channel="logout")
            assert (shown.recipient, shown.state) == ("shop", "failed")
            await retry_message(db, fate.id, origin=provider.origin())
        await deliver(provider)
        assert len(party.requests) == 6
        assert await states(provider) == ["sent"]


@pytest.mark.requirement("RB-08", "OU-02")
@pytest.mark.parametrize("status", [400, 401, 404, 302, 307])
async def test_a_refusal_is_final_and_no_redirect_is_followed(
    provider: Provider, browser: Browser, status: int
) -> None:
    """§2.8: the same token would be refused again; a redirect is an answer like any other."""
    await provider.account()
    async with told_party(status) as party:
        shop = await shop_of(provider, party)
        await browser.open(logout_url(id_token_hint=(await shop.tokens(browser))["id_token"]))
        await deliver(provider, after=400)
        assert len(party.requests) == 1
    assert await states(provider) == ["failed"]


@pytest.mark.requirement("RB-08")
async def test_one_silent_client_keeps_no_other_waiting(
    provider: Provider, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person's own logout is done; the page names who has not answered; the others have heard."""
    monkeypatch.setattr("idp.logout.first_try._SECONDS", 0.3)
    await provider.account()
    async with told_party(SILENCE) as silent, told_party() as party, told_party(500) as broken:
        shop = await shop_of(provider, party)
        mute = await shop_of(provider, silent, "mute", client_name="Mute & Co")
        await (await shop_of(provider, broken, "broken", client_name="Broken")).tokens(browser)
        await mute.tokens(browser)
        await shop.tokens(browser)
        page = await browser.open("/logout")
        assert page.shows("These applications will be told that you have left:")
        for name in ("Shop", "Mute &amp; Co", "Broken"):
            assert f"<li>{name}</li>" in page.text
        page = await browser.submit(button="logout-confirm")
        assert page.path == "/logged-out"
        assert page.shows("We could not sign you out of: Broken, Mute &amp; Co. Close its windows.")
        assert len(party.requests) == len(silent.requests) == len(broken.requests) == 1
        assert (await browser.open(shop.authorization_url(prompt="none"))).query["error"] == "login_required"


async def test_while_somebody_was_not_reached_the_page_stays(provider: Provider, browser: Browser) -> None:
    """There is something to read, so the way back is a link; the state stands in it."""
    await provider.account()
    bye = "https://shop.example/bye"
    async with told_party(500) as party:
        shop = await shop_of(provider, party, post_logout_redirect_uris=[bye])
        hint = (await shop.tokens(browser))["id_token"]
        page = await browser.open(logout_url(id_token_hint=hint, post_logout_redirect_uri=bye, state="s 1"))
        assert (page.path, page.refresh) == ("/logged-out", None)
        assert page.links["return"] == f"{bye}?state=s+1"
        hint = (await shop.tokens(browser))["id_token"]
        page = await browser.open(logout_url(id_token_hint=hint, post_logout_redirect_uri=bye, state="s 1"))
        assert page.url == f"{bye}?state=s+1"


@pytest.mark.requirement("RB-08")
async def test_a_first_try_that_was_never_made_is_made_up_for(
    provider: Provider, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database went away after the commit: the logout counts, and the outbox sends the notice seconds later."""

    async def unavailable(*_: object, **__: object) -> frozenset[str]:
        raise DatabaseUnavailable

    await provider.account()
    async with told_party() as party:
        shop = await shop_of(provider, party)
        hint = (await shop.tokens(browser))["id_token"]
        with monkeypatch.context() as outage:
            outage.setattr(provider.wiring.outbox, "deliver_now", unavailable)
            page = await browser.open(logout_url(id_token_hint=hint))
        assert page.shows("We could not sign you out of: Shop. Close its windows.")
        await deliver(provider)
        assert party.requests == []
        await deliver(provider, after=5)
        assert len(party.requests) == 1


@pytest.mark.requirement("OU-01", "OU-03")
@pytest.mark.parametrize(
    "host", ["10.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "[fc00::1]", "[::ffff:10.0.0.1]", "[::]"]
)
async def test_a_private_address_is_never_posted_to(provider: Provider, browser: Browser, host: str) -> None:
    """An https address that leads into a private network fails for good, and whoever listens there sees nothing."""
    await provider.account()
    async with told_party() as canary:
        uri = f"https://{host}:{canary.port}/backchannel"
        shop = RelyingParty(provider, await provider.client(backchannel_logout_uri=uri))
        await browser.open(logout_url(id_token_hint=(await shop.tokens(browser))["id_token"]))
    assert await states(provider) == ["failed"]
    assert canary.requests == []


async def test_who_takes_back_the_address_hears_nothing(provider: Provider, browser: Browser) -> None:
    """Between the logout and a later try the client was disabled: the notice ends there."""
    await provider.account()
    async with told_party(500) as party:
        shop = await shop_of(provider, party)
        await browser.open(logout_url(id_token_hint=(await shop.tokens(browser))["id_token"]))
        async with provider.wiring.database.writing() as db:
            await clients.set_status(db, "shop", status="disabled", now=provider.clock.now())
        provider.wiring.clients.forget()
        await deliver(provider, after=5)
        assert len(party.requests) == 1
    assert await states(provider) == ["failed"]


@pytest.mark.requirement("OT-24")
async def test_a_session_remembered_for_weeks_still_knows_its_clients(provider: Provider, browser: Browser) -> None:
    """Grants that are long over are swept, but not what says whom to tell."""
    await provider.account()
    async with told_party() as party:
        shop = await shop_of(provider, party)
        await browser.open(shop.authorization_url())
        page = await browser.submit(username="lucie@wedos.cz", password="five quiet lakes under snow", remember="1")
        tokens = (await shop.redeem(page.query["code"])).json()
        await shop.post("/revoke", {"token": tokens["refresh_token"]})
        for _ in range(3):
            provider.clock.advance(hours=24 * 5)
            await browser.open("/account/security")
            await Pruner(provider.wiring.database).turn(provider.clock.now())
        await browser.open(logout_url(id_token_hint=tokens["id_token"]))
        assert [told["aud"] for told in party.claims] == ["shop"]
