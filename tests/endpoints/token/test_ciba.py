"""The grant type of CIBA (Core 1.0 §10.1, §11): the person finds the request, answers, and the client is served."""

import pytest

from idp.credentials.otp import code_now
from tests.support.browser import Browser
from tests.support.decoupled import Asking, a_device, an_asking_client, error_of, look_at_requests
from tests.support.provider import OTP_KEY, Provider
from tests.support.relying_party import claims_of


@pytest.fixture
async def bank(provider: Provider) -> Asking:
    """A client that polls, beside the account lucie@wedos.cz."""
    await provider.account()
    return await an_asking_client(provider)


@pytest.mark.requirement("OC-49")
async def test_the_whole_way(bank: Asking, browser: Browser) -> None:
    """The mail's link, the login, the list, the page, the tokens; the ID token is bound to no User-Agent."""
    started = await bank.started(binding_message="Transfer 4711")
    assert error_of(await bank.poll(started["auth_req_id"])) == "authorization_pending"
    page = await look_at_requests(browser)
    assert page.path == "/account/requests"
    assert page.shows("Acme Bank")
    page = await browser.submit(button="request-1")
    assert page.path == "/approve"
    for words in ("Acme Bank asks you to confirm", "Transfer 4711", "Only allow it if you are dealing with Acme Bank"):
        assert page.shows(words)
    page = await browser.submit(button="request-allow")
    assert page.shows("You have allowed Acme Bank.")
    bank.provider.clock.advance(seconds=5)
    answer = await bank.poll(started["auth_req_id"])
    assert answer.status_code == 200, answer.text
    claims = claims_of(answer.json()["id_token"])
    assert (claims["aud"], claims["acr"]) == ("bank", "urn:idp:acr:pwd")
    # CIBA §10.3.1: that claim belongs to the mode push alone.
    assert not {"nonce", "urn:openid:params:jwt:claim:auth_req_id"} & claims.keys()
    assert claims["ua_binding"]["mode"] == "off"
    assert (await bank.refresh(answer.json()["refresh_token"])).status_code == 200
    assert "decoupled_request_approved" in await bank.provider.events()


async def test_an_id_token_of_before_names_the_person(bank: Asking, browser: Browser) -> None:
    """`id_token_hint`, as the client was given it; also an expired one."""
    started = await bank.started()
    await look_at_requests(browser)
    await browser.submit(button="request-1")
    await browser.submit(button="request-allow")
    id_token = (await bank.poll(started["auth_req_id"])).json()["id_token"]
    bank.provider.clock.advance(hours=3)
    assert (await bank.ask(login_hint=None, id_token_hint=id_token)).status_code == 200


async def test_denied(bank: Asking, browser: Browser) -> None:
    """`access_denied`, and the request is off the list."""
    started = await bank.started()
    await look_at_requests(browser)
    await browser.submit(button="request-1")
    page = await browser.submit(button="request-deny")
    assert page.shows("Not allowed")
    assert error_of(await bank.poll(started["auth_req_id"])) == "access_denied"
    page = await look_at_requests(browser)
    assert page.shows("Nothing waits for your answer.")


async def test_polling_too_fast(bank: Asking) -> None:
    """CIBA §11: `slow_down`, five seconds more."""
    started = await bank.started()
    assert error_of(await bank.poll(started["auth_req_id"])) == "authorization_pending"
    assert error_of(await bank.poll(started["auth_req_id"])) == "slow_down"
    bank.provider.clock.advance(seconds=10)
    assert error_of(await bank.poll(started["auth_req_id"])) == "authorization_pending"


async def test_nobody_answers_in_time(bank: Asking, browser: Browser) -> None:
    """`expired_token`; the list is empty, and the page that was left open has nothing to allow."""
    started = await bank.started()
    await look_at_requests(browser)
    page = await browser.submit(button="request-1")
    bank.provider.clock.advance(minutes=5)
    page = await browser.submit(button="request-allow")
    assert page.shows("This request is over")
    assert error_of(await bank.poll(started["auth_req_id"])) == "expired_token"
    assert (await look_at_requests(browser)).shows("Nothing waits for your answer.")


@pytest.mark.requirement("TK-09")
async def test_TK_09_codes_are_not_interchangeable(bank: Asking) -> None:
    """A device code is no `auth_req_id`, nor the other way round, and another client's is nobody's."""
    tv = await a_device(bank.provider)
    other = await an_asking_client(bank.provider, "lender")
    device_code, auth_req_id = (await tv.started())["device_code"], (await bank.started())["auth_req_id"]
    assert error_of(await bank.poll(device_code)) == "invalid_grant"
    assert error_of(await tv.poll(auth_req_id)) == "invalid_grant"
    assert error_of(await other.poll(auth_req_id)) == "invalid_grant"
    assert error_of(await bank.poll("x")) == "invalid_grant"
    assert error_of(await bank.poll("")) == "invalid_request"


@pytest.mark.requirement("MF-10", "MF-11")
async def test_MF_10_an_account_with_otp_answers_with_it(provider: Provider, browser: Browser) -> None:
    """The password alone shows no request, and answers none."""
    await provider.account(otp=True)
    bank = await an_asking_client(provider)
    started = await bank.started()
    page = await look_at_requests(browser)
    assert page.path == "/login/otp"
    assert not (await browser.open("/account/requests")).shows("Acme Bank")
    await look_at_requests(browser)
    await browser.open("/account/requests")
    page = await browser.submit(code=code_now(OTP_KEY, provider.clock.now()))
    page = await look_at_requests(browser)
    assert page.shows("Acme Bank")
    await browser.submit(button="request-1")
    await browser.submit(button="request-allow")
    claims = claims_of((await bank.poll(started["auth_req_id"])).json()["id_token"])
    assert claims["acr"] == "urn:idp:acr:otp"


@pytest.mark.requirement("SE-12")
async def test_SE_12_an_old_login_is_renewed_before_the_page(bank: Asking, browser: Browser) -> None:
    """Five minutes after the password, looking at a request asks for it again."""
    await look_at_requests(browser)
    bank.provider.clock.advance(minutes=6)
    await bank.started()
    await browser.open("/account/requests")
    page = await browser.submit(button="request-1")
    assert page.path == "/login"


async def test_two_requests_are_two(bank: Asking, browser: Browser) -> None:
    """Each is answered for itself; the newest stands first."""
    older = await bank.started(binding_message="older")
    bank.provider.clock.advance(seconds=1)
    newer = await bank.started(binding_message="newer")
    page = await look_at_requests(browser)
    assert page.text.index("newer") < page.text.index("older")
    page = await browser.submit(button="request-1")
    assert page.shows("newer")
    await browser.submit(button="request-allow")
    assert (await bank.poll(newer["auth_req_id"])).status_code == 200
    assert error_of(await bank.poll(older["auth_req_id"])) == "authorization_pending"


@pytest.mark.requirement("TK-19")
async def test_TK_19_a_lock_after_the_answer_wins(bank: Asking, browser: Browser) -> None:
    """No tokens for a locked account."""
    started = await bank.started()
    await look_at_requests(browser)
    await browser.submit(button="request-1")
    await browser.submit(button="request-allow")
    await bank.provider.lock("lucie@wedos.cz")
    assert error_of(await bank.poll(started["auth_req_id"])) == "invalid_grant"


async def test_a_request_that_is_not_on_the_list(bank: Asking, browser: Browser) -> None:
    """A made-up id, or a device's request: the list again, with a sentence."""
    page = await look_at_requests(browser)
    await bank.started()
    page = await browser.open("/account/requests")
    page = await browser.post("/account/requests", dict(page.forms[0].fields) | {"request": "x" * 22})
    assert page.path == "/account/requests"
    assert page.shows("This request was answered already, or it has expired.")
    page = await browser.post("/account/requests", {"csrf": "x", "request": "x"}, origin="https://evil.example")
    assert page.shows("This page was open for a long time.")
