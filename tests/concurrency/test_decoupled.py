"""Device codes and backchannel requests under parallel use, on SQLite and on PostgreSQL."""

import asyncio
from collections import Counter

import httpx
import pytest

from idp.grants.table import grants
from tests.concurrency.conftest import EIGHT
from tests.support.browser import Browser
from tests.support.decoupled import Asking, Device, a_device, an_asking_client, look_at_requests, type_code
from tests.support.provider import Provider
from tests.support.queries import count_rows


def outcomes(answers: list[httpx.Response]) -> Counter[str]:
    return Counter(answer.json().get("error", "tokens") for answer in answers)


@pytest.fixture
async def tv(any_provider: Provider) -> Device:
    await any_provider.account()
    return await a_device(any_provider)


@pytest.fixture
async def bank(any_provider: Provider) -> Asking:
    await any_provider.account()
    return await an_asking_client(any_provider)


@pytest.mark.requirement("TK-28", "TK-04")
async def test_TK_28_a_device_code_is_redeemed_once(tv: Device, any_browser: Browser) -> None:
    """Of eight polls at once one gets tokens, and they live: a client that polls twice is no thief."""
    started = await tv.started()
    await type_code(any_browser, started["user_code"])
    await any_browser.submit(button="request-allow")
    answers = await asyncio.gather(*(tv.poll(started["device_code"]) for _ in range(EIGHT)))
    assert outcomes(list(answers)) == {"tokens": 1, "invalid_grant": EIGHT - 1}
    tokens = next(answer.json() for answer in answers if answer.status_code == 200)
    assert (await tv.userinfo(tokens["access_token"])).status_code == 200
    assert await count_rows(tv.provider.wiring.database, grants, grants.c.state == "active") == 1


@pytest.mark.requirement("TK-04")
async def test_TK_04_an_auth_req_id_is_redeemed_once(bank: Asking, any_browser: Browser) -> None:
    """The same for CIBA."""
    started = await bank.started()
    await look_at_requests(any_browser)
    await any_browser.submit(button="request-1")
    await any_browser.submit(button="request-allow")
    answers = await asyncio.gather(*(bank.poll(started["auth_req_id"]) for _ in range(EIGHT)))
    assert outcomes(list(answers)) == {"tokens": 1, "invalid_grant": EIGHT - 1}


async def test_yes_and_no_at_once_are_one_answer(tv: Device, any_browser: Browser) -> None:
    """Eight forms of one page, half of them allowing: one counts, and one grant or none is opened."""
    started = await tv.started()
    page = await type_code(any_browser, started["user_code"])
    form, url = dict(page.forms[0].fields), page.url
    own = {"origin": any_browser.base_url, "sec-fetch-site": "same-origin"}
    answers = await asyncio.gather(
        *(
            any_browser.http.post(url, data=form | {"decision": decision}, headers=own)
            for decision in ("allow", "deny") * (EIGHT // 2)
        )
    )
    assert {answer.status_code for answer in answers} == {303}
    events = await tv.provider.events()
    answered = events.count("decoupled_request_approved") + events.count("decoupled_request_denied")
    opened = await count_rows(tv.provider.wiring.database, grants)
    assert (answered, opened) == (1, events.count("decoupled_request_approved"))


async def test_early_polls_at_once_each_make_it_slower(tv: Device) -> None:
    """One of eight is in time; the others are told so, and every one of them counts."""
    started = await tv.started()
    answers = await asyncio.gather(*(tv.poll(started["device_code"]) for _ in range(EIGHT)))
    assert outcomes(list(answers)) == {"authorization_pending": 1, "slow_down": EIGHT - 1}
    tv.provider.clock.advance(seconds=5 * EIGHT)
    assert (await tv.poll(started["device_code"])).json()["error"] == "authorization_pending"
