"""The device code grant (RFC 8628 §3.4, §3.5): waiting, the pace, the answer, and nobody else's codes."""

import pytest

from tests.support.browser import Browser
from tests.support.decoupled import TELEVISION, Device, a_device, error_of, type_code
from tests.support.provider import Provider
from tests.support.relying_party import claims_of


@pytest.fixture
async def tv(provider: Provider) -> Device:
    """A television, beside the account lucie@wedos.cz."""
    await provider.account()
    return await a_device(provider)


async def test_the_whole_way(tv: Device, browser: Browser) -> None:
    """Waiting, allowed, tokens: for the person who typed the code, at the level of that login, and no `nonce`."""
    started = await tv.started("openid profile email")
    assert error_of(await tv.poll(started["device_code"])) == "authorization_pending"
    page = await type_code(browser, started["user_code"])
    assert page.path == "/approve"
    page = await browser.submit(button="request-allow")
    assert page.shows("You can go back to your device.")
    tv.provider.clock.advance(seconds=5)
    answer = await tv.poll(started["device_code"])
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    claims = claims_of(tokens["id_token"])
    assert claims["aud"] == "tv"
    assert (claims["acr"], claims["auth_time"]) == ("urn:idp:acr:pwd", tv.provider.clock.now() - 5)
    assert not {"nonce", "urn:openid:params:jwt:claim:auth_req_id"} & claims.keys()
    assert tokens["scope"] == "openid profile email"
    assert (await tv.userinfo(tokens["access_token"])).json()["email"] == "lucie@wedos.cz"
    assert answer.headers["cache-control"] == "no-store"


async def test_it_refreshes_as_the_product_it_is(tv: Device, browser: Browser) -> None:
    """Bound to the product's name at the redemption: another version may refresh, another program may not."""
    started = await tv.started()
    await type_code(browser, started["user_code"])
    await browser.submit(button="request-allow")
    tokens = (await tv.poll(started["device_code"])).json()
    assert claims_of(tokens["access_token"])["ua_binding"]["mode"] == "product"
    body = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    newer = await tv.post("/token", body, user_agent="AcmeTV/4.0 (Linux)")
    assert newer.status_code == 200, newer.text
    body["refresh_token"] = newer.json()["refresh_token"]
    assert error_of(await tv.post("/token", body, user_agent="curl/8.5")) == "invalid_grant"


async def test_polling_too_fast_makes_the_interval_longer(tv: Device) -> None:
    """RFC 8628 §3.5: five seconds more each time, for this and every later poll, on every node: it is in the row."""
    started = await tv.started()
    code, clock = started["device_code"], tv.provider.clock
    assert started["interval"] == 5
    assert error_of(await tv.poll(code)) == "authorization_pending"
    assert error_of(await tv.poll(code)) == "slow_down"
    clock.advance(seconds=6)
    assert error_of(await tv.poll(code)) == "slow_down"
    clock.advance(seconds=15)
    assert error_of(await tv.poll(code)) == "authorization_pending"
    clock.advance(seconds=13)
    assert error_of(await tv.poll(code)) == "slow_down"


async def test_keeping_to_the_interval_is_never_too_fast(tv: Device) -> None:
    """Also where whole seconds make five look like four."""
    started = await tv.started()
    for _ in range(20):
        assert error_of(await tv.poll(started["device_code"])) == "authorization_pending"
        tv.provider.clock.advance(seconds=4)


async def test_an_answer_is_given_however_fast_it_is_asked_for(tv: Device, browser: Browser) -> None:
    """`slow_down` is a kind of waiting; what is decided need not wait."""
    started = await tv.started()
    await tv.poll(started["device_code"])
    await type_code(browser, started["user_code"])
    await browser.submit(button="request-allow")
    assert (await tv.poll(started["device_code"])).status_code == 200


async def test_denied(tv: Device, browser: Browser) -> None:
    """`access_denied`, for good."""
    started = await tv.started()
    await type_code(browser, started["user_code"])
    page = await browser.submit(button="request-deny")
    assert page.shows("Acme TV gets nothing.")
    for _ in range(2):
        assert error_of(await tv.poll(started["device_code"])) == "access_denied"
    assert "decoupled_request_denied" in await tv.provider.events()


async def test_nobody_answers_in_time(tv: Device, browser: Browser) -> None:
    """`expired_token`; the code opens nothing any more; and once it is swept nobody knows it."""
    started = await tv.started()
    assert started["expires_in"] == 600
    tv.provider.clock.advance(minutes=10)
    assert error_of(await tv.poll(started["device_code"])) == "expired_token"
    await browser.open("/device")
    page = await browser.submit(user_code=started["user_code"])
    assert page.shows("This code is not right, or it has expired.")


async def test_an_answer_that_comes_while_the_code_expires_is_lost(tv: Device, browser: Browser) -> None:
    """Allowed in the last second, polled after it: `expired_token`, and no grant becomes active."""
    started = await tv.started()
    await type_code(browser, started["user_code"])
    await browser.submit(button="request-allow")
    tv.provider.clock.advance(minutes=10)
    assert error_of(await tv.poll(started["device_code"])) == "expired_token"


@pytest.mark.requirement("TK-28", "TK-09")
@pytest.mark.parametrize("code", ["x", "A" * 43, "Ž" * 43, "BCDF-GHJK", "0" * 5000])
async def test_TK_28_an_unknown_code_is_an_invalid_grant(tv: Device, code: str) -> None:
    """Never `invalid_request`: the request is well formed. And the user code is no device code."""
    assert error_of(await tv.poll(code)) == "invalid_grant"


async def test_a_missing_code_is_an_invalid_request(tv: Device) -> None:
    """RFC 6749 §5.2."""
    assert error_of(await tv.poll("")) == "invalid_request"


@pytest.mark.requirement("TK-28")
async def test_TK_28_another_client_learns_nothing(tv: Device, browser: Browser) -> None:
    """Neither waiting, nor allowed, nor spent: `invalid_grant`, and the pace of the owner is not touched."""
    other = await a_device(tv.provider, "radio", client_name="Acme Radio")
    started = await tv.started()
    for _ in range(3):
        assert error_of(await other.poll(started["device_code"])) == "invalid_grant"
    assert error_of(await tv.poll(started["device_code"])) == "authorization_pending"
    await type_code(browser, started["user_code"])
    await browser.submit(button="request-allow")
    assert error_of(await other.poll(started["device_code"])) == "invalid_grant"
    assert (await tv.poll(started["device_code"])).status_code == 200
    for device in (tv, other):
        assert error_of(await device.poll(started["device_code"])) == "invalid_grant"


@pytest.mark.requirement("TK-19", "PW-13")
async def test_TK_19_a_locked_account_gets_no_tokens(tv: Device, browser: Browser) -> None:
    """Locked between the answer and the poll."""
    started = await tv.started()
    await type_code(browser, started["user_code"])
    await browser.submit(button="request-allow")
    await tv.provider.lock("lucie@wedos.cz")
    assert error_of(await tv.poll(started["device_code"])) == "invalid_grant"


async def test_a_client_without_the_grant_type_gets_none(tv: Device) -> None:
    """At both endpoints."""
    shop = Device(tv.provider, await tv.provider.client("shop"))
    for answer in (await shop.ask(), await shop.poll("x")):
        assert error_of(answer) == "unauthorized_client"


async def test_a_device_without_a_user_agent(provider: Provider, browser: Browser) -> None:
    """It is not bound, and its tokens say so; where the client has to be bound it is told what is missing."""
    await provider.account()
    unnamed = await a_device(provider)
    named = await a_device(provider, "strict", user_agent_binding="required")
    for device, outcome in ((unnamed, 200), (named, 400)):
        started = await device.started()
        await type_code(browser, started["user_code"])
        await browser.submit(button="request-allow")
        answer = await device.poll(started["device_code"], user_agent="")
        assert answer.status_code == outcome, answer.text
    assert error_of(answer) == "invalid_request"
    assert (await named.poll(started["device_code"], user_agent=TELEVISION)).status_code == 200
