"""What the token endpoint puts on record: every token it issued, a moment later; every attack, at once."""

import asyncio
from typing import Any

import pytest

from idp.audit.store import AuditEvent, list_events
from idp.clients.backchannel_authentication import CIBA
from idp.clients.device_authorization import DEVICE_CODE
from tests.support.browser import FIREFOX, Browser
from tests.support.calls import post, secret_of
from tests.support.counted import rises
from tests.support.decoupled import a_device, an_asking_client, look_at_requests, type_code
from tests.support.provider import Provider
from tests.support.queries import counting
from tests.support.relying_party import RelyingParty, claims_of

_EIGHT = 8


@pytest.fixture
async def any_rp(any_provider: Provider) -> RelyingParty:
    """A first-party client beside the account lucie@wedos.cz, on both databases."""
    await any_provider.account()
    return RelyingParty(any_provider, await any_provider.client())


async def on_record(provider: Provider, **filters: Any) -> list[AuditEvent]:
    """Everything, what was only collected so far included; oldest first."""
    await provider.wiring.token_events.flush()
    async with provider.wiring.database.reading() as db:
        return list(reversed(await list_events(db, **filters)))


@pytest.mark.requirement("LG-03")
async def test_a_redemption_and_a_refresh_are_on_record(any_rp: RelyingParty, any_browser: Browser) -> None:
    """With account, client, session, grant, the caller's address and the browser that it serves; later, in one go."""
    provider = any_rp.provider
    tokens = await any_rp.tokens(any_browser, redemption={"user_agent": FIREFOX})
    assert (await any_rp.refresh(tokens["refresh_token"], user_agent=FIREFOX)).status_code == 200
    assert not {"code_redeemed", "tokens_refreshed"} & set(await provider.events())
    with counting(provider.wiring.database) as asked:
        await provider.wiring.token_events.flush()
    assert asked.verbs == {"INSERT": 1}
    redeemed, refreshed = (await on_record(provider))[-2:]
    claims = claims_of(tokens["access_token"])
    for event, name, grant_type in (
        (redeemed, "code_redeemed", "authorization_code"),
        (refreshed, "tokens_refreshed", "refresh_token"),
    ):
        assert (event.event, event.outcome, event.client_id, event.actor) == (name, "success", "shop", "shop")
        assert event.account_id == claims["sub"]
        assert event.session_id
        assert (event.address, event.user_agent) == ("198.51.100.7", FIREFOX)
        assert event.request_id
        assert event.details == {
            "grant": claims["grant_id"],
            "grant_type": grant_type,
            "count": 1,
            "first_at": provider.clock.now(),
        }


async def test_eight_refreshes_at_once_are_one_row(any_rp: RelyingParty, any_browser: Browser) -> None:
    """None is lost and none counted twice, while batches are being written in between."""
    provider, tokens = any_rp.provider, await any_rp.tokens(any_browser)
    await on_record(provider)
    events = provider.wiring.token_events
    answers = await asyncio.gather(*(any_rp.refresh(tokens["refresh_token"]) for _ in range(_EIGHT)))
    assert {answer.status_code for answer in answers} == {200}
    (row,) = await on_record(provider, event="tokens_refreshed")
    assert row.details["count"] == _EIGHT
    await asyncio.gather(
        *(work for _ in range(_EIGHT) for work in (any_rp.refresh(tokens["refresh_token"]), events.flush()))
    )
    rows = await on_record(provider, event="tokens_refreshed")
    assert sum(row.details["count"] for row in rows) == 2 * _EIGHT


@pytest.mark.requirement("LG-03", "RT-02", "TK-05")
async def test_an_attack_is_on_record_at_once(any_rp: RelyingParty, any_browser: Browser) -> None:
    """A reuse and a replay stand in the log when their refusal is answered: they are never collected."""
    provider = any_rp.provider
    code = (await any_rp.sign_in(any_browser)).query["code"]
    await any_rp.redeem(code)
    await any_rp.redeem(code)
    assert "code_replayed" in await provider.events()
    tokens = await any_rp.tokens(any_browser)
    for _ in range(2):
        provider.clock.advance(seconds=11)
        await any_rp.refresh(tokens["refresh_token"])
    names = await provider.events()
    assert "refresh_reused" in names
    assert not {"code_redeemed", "tokens_refreshed"} & set(names)


async def test_a_refusal_is_no_token_event(provider: Provider, rp: RelyingParty, browser: Browser) -> None:
    """Forged, unknown and forbidden: what was not issued is not on record as issued, and is counted by its error."""
    tokens = await rp.tokens(browser)
    await on_record(provider)
    with rises("idp_token_requests_total", grant_type="refresh_token", outcome="invalid_grant"):
        assert (await rp.refresh(tokens["refresh_token"][:-4] + "AAAA")).status_code == 400
    with rises("idp_token_requests_total", grant_type="client_credentials", outcome="unauthorized_client"):
        await rp.post("/token", {"grant_type": "client_credentials"})
    with rises("idp_token_requests_total", grant_type="other", outcome="unsupported_grant_type"):
        await rp.post("/token", {"grant_type": "a-name-of-the-callers-own"})
    with rises("idp_token_requests_total", grant_type="other", outcome="invalid_request"):
        await rp.post("/token", {"scope": "openid"})
    with rises("idp_token_requests_total", grant_type="refresh_token", outcome="success"):
        assert (await rp.refresh(tokens["refresh_token"])).status_code == 200
    assert [event.event for event in (await on_record(provider))[-2:]] == ["code_redeemed", "tokens_refreshed"]


async def test_a_clients_own_token_is_on_record(provider: Provider) -> None:
    """Of no account, no session and no grant; a hundred of them are one row."""
    client = await provider.client("robot", application_type="service", scope="api.read")
    for _ in range(100):
        await post(provider, "/token", {"grant_type": "client_credentials"}, secret_of(client))
    (row,) = await on_record(provider, event="tokens_issued")
    assert (row.client_id, row.account_id, row.session_id) == ("robot", None, None)
    assert (row.details["grant"], row.details["grant_type"]) == (None, "client_credentials")
    assert row.details["count"] == 100


async def test_tokens_of_another_device_are_on_record(provider: Provider, browser: Browser) -> None:
    """The device flow and CIBA, once their person has allowed it; the polls before are not."""
    account = await provider.account()
    tv, bank = await a_device(provider), await an_asking_client(provider)
    started = await tv.started()
    await tv.poll(started["device_code"])
    await type_code(browser, started["user_code"])
    await browser.submit(button="request-allow")
    provider.clock.advance(seconds=5)
    assert (await tv.poll(started["device_code"])).status_code == 200
    asked = await bank.started()
    await look_at_requests(browser)
    await browser.submit(button="request-1")
    await browser.submit(button="request-allow")
    provider.clock.advance(seconds=5)
    assert (await bank.poll(asked["auth_req_id"])).status_code == 200
    rows = await on_record(provider, event="tokens_issued")
    assert [(row.client_id, row.account_id, row.details["grant_type"]) for row in rows] == [
        ("tv", account.id, DEVICE_CODE),
        ("bank", account.id, CIBA),
    ]
