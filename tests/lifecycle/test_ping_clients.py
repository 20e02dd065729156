"""Pings (CIBA Core 1.0 §10.2): one after each answer, with the client's token; tried again while that may help."""

import asyncio

import pytest

from tests.support.browser import Browser
from tests.support.decoupled import Asking, an_asking_client, error_of, look_at_requests
from tests.support.pinged import Pinged, pinged
from tests.support.provider import Provider

TOKEN = "8d67dc78-7faa-4d41-aabd-67707b374255"


async def _bank(provider: Provider, party: Pinged) -> Asking:
    await provider.account()
    return await an_asking_client(
        provider, backchannel_token_delivery_mode="ping", backchannel_client_notification_endpoint=party.uri
    )


async def _answer(browser: Browser, button: str = "request-allow") -> None:
    await look_at_requests(browser)
    await browser.submit(button="request-1")
    await browser.submit(button=button)


@pytest.mark.requirement("OC-49")
@pytest.mark.parametrize("button", ["request-allow", "request-deny"])
async def test_either_answer_is_told_once(provider: Provider, browser: Browser, button: str) -> None:
    """A POST of JSON with `auth_req_id` under the bearer token; then nothing more."""
    async with pinged() as party:
        bank = await _bank(provider, party)
        started = await bank.started(client_notification_token=TOKEN)
        assert await provider.wiring.client_pings.send_due() == 0
        await _answer(browser, button)
        assert await provider.wiring.client_pings.send_due() == 1
        provider.clock.advance(minutes=1)
        assert await provider.wiring.client_pings.send_due() == 0
        (ping,) = party.pings
    assert ping.line == "POST /ping HTTP/1.1"
    assert ping.headers["authorization"] == f"Bearer {TOKEN}"
    assert ping.headers["content-type"] == "application/json"
    assert ping.body == {"auth_req_id": started["auth_req_id"]}
    answer = await bank.poll(started["auth_req_id"])
    assert answer.status_code == 200 if button == "request-allow" else error_of(answer) == "access_denied"


@pytest.mark.parametrize(
    ("status", "tries"),
    [("500 Internal Server Error", 2), ("429 Too Many Requests", 2), ("401 Unauthorized", 1), ("302 Found", 1)],
)
async def test_a_failure_that_may_pass_is_tried_again(
    provider: Provider, browser: Browser, status: str, tries: int
) -> None:
    """A refusal is not, and a redirect is not followed."""
    async with pinged(status) as party:
        bank = await _bank(provider, party)
        await bank.started(client_notification_token=TOKEN)
        await _answer(browser)
        for _ in range(4):
            await provider.wiring.client_pings.send_due()
            provider.clock.advance(seconds=10)
        assert len(party.pings) == tries


async def test_a_client_out_of_reach_is_given_up(provider: Provider, browser: Browser) -> None:
    """Five tries, further and further apart; the answer itself waits for whoever asks."""
    async with pinged() as party:
        bank = await _bank(provider, party)
    started = await bank.started(client_notification_token=TOKEN)
    await _answer(browser)
    tried = 0
    for _ in range(100):
        tried += await provider.wiring.client_pings.send_due()
        provider.clock.advance(seconds=1)
    assert tried == 5
    assert (await bank.poll(started["auth_req_id"])).status_code == 200


async def test_several_processes_send_one_ping(any_provider: Provider) -> None:
    """Eight at once: each takes other rows."""
    async with pinged() as party, Browser(any_provider.app) as browser:
        bank = await _bank(any_provider, party)
        await bank.started(client_notification_token=TOKEN)
        await _answer(browser)
        sent = await asyncio.gather(*(any_provider.wiring.client_pings.send_due() for _ in range(8)))
        assert sum(sent) == 1
        assert len(party.pings) == 1


async def test_an_answer_that_was_fetched_is_not_told_any_more(provider: Provider, browser: Browser) -> None:
    """A client in ping mode may poll (CIBA §10.1)."""
    async with pinged() as party:
        bank = await _bank(provider, party)
        started = await bank.started(client_notification_token=TOKEN)
        await _answer(browser)
        assert (await bank.poll(started["auth_req_id"])).status_code == 200
        assert await provider.wiring.client_pings.send_due() == 0
        assert party.pings == []


@pytest.mark.parametrize("token", [None, "ž", "a b", "x" * 1025, "a=b"])
async def test_the_token_is_needed_and_a_bearer_token(provider: Provider, token: str | None) -> None:
    """CIBA §7.1: at most 1024 characters of RFC 6750's."""
    async with pinged() as party:
        bank = await _bank(provider, party)
        assert error_of(await bank.ask(client_notification_token=token)) == "invalid_request"
