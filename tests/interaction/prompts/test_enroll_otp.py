"""Step-up: an application asks for the level of OTP; the code is asked for, or OTP is set up there and then."""

import re

import pytest

from idp.credentials.otp import code_now
from tests.support.browser import CHROME, Browser, Page
from tests.support.provider import PASSWORD, Provider
from tests.support.registration import wrong
from tests.support.relying_party import RelyingParty, claims_of

OTP = "urn:idp:acr:otp"
PWD = "urn:idp:acr:pwd"
ESSENTIAL = '{"id_token":{"acr":{"essential":true,"values":["urn:idp:acr:otp"]}}}'


def key_on(page: Page) -> str:
    """The shared key as a person would type it into an app."""
    found = re.search(r'id="shared-key"[^>]*>([A-Z2-7 \xa0]+)<', page.text)
    assert found, page.text
    return re.sub(r"\s", "", found[1])


@pytest.mark.requirement("MF-12")
@pytest.mark.parametrize("request_", [{"acr_values": OTP}, {"claims": ESSENTIAL}], ids=["acr_values", "claims"])
async def test_otp_is_set_up_there_and_then(
    browser: Browser, provider: Provider, rp: RelyingParty, request_: dict[str, str]
) -> None:
    """F4.2: button, key, password and code; then the application, with the level it asked for."""
    await rp.sign_in(browser)
    page = await browser.open(rp.authorization_url(**request_))
    assert page.path == "/login/otp/setup"
    page = await browser.submit(button="set-otp")
    provider.clock.advance(seconds=30)
    page = await browser.submit(password=PASSWORD, code=code_now(key_on(page), provider.clock.now()))
    assert page.path == "/login/recovery-codes"
    page = await browser.submit(button="codes-saved")
    tokens = (await rp.redeem(page.query["code"])).json()
    claims = claims_of(tokens["id_token"])
    assert (claims["acr"], claims["amr"]) == (OTP, ["pwd", "otp", "mfa"])
    assert claims["auth_time"] == provider.clock.now()
    assert [m["subject"] for m in await provider.inbox() if "OTP" in m["subject"]]


@pytest.mark.requirement("MF-06")
async def test_a_wrong_try_makes_a_new_key(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """Wrong password or wrong code: the old key never works."""
    await rp.sign_in(browser)
    await browser.open(rp.authorization_url(acr_values=OTP))
    page = await browser.submit(button="set-otp")
    for typed in ("password", "code"):
        old = key_on(page)
        code = code_now(old, provider.clock.now())
        page = await browser.submit(
            password="wrong" if typed == "password" else PASSWORD, code=code if typed == "password" else wrong(code)
        )
        assert page.shows("The password or the code was not right.")
        assert key_on(page) != old
        page = await browser.submit(password=PASSWORD, code=code_now(old, provider.clock.now()))
        assert page.path == "/login/otp/setup"


async def test_not_now_is_an_error_for_the_application(browser: Browser, rp: RelyingParty) -> None:
    """Never a token of a lower level (RFC 9470 §5)."""
    await rp.sign_in(browser)
    await browser.open(rp.authorization_url(acr_values=OTP))
    page = await browser.submit(button="otp-decline")
    assert page.query["error"] == "unmet_authentication_requirements"
    assert page.query["state"] == rp.state


async def test_prompt_none_cannot_step_up(browser: Browser, rp: RelyingParty) -> None:
    """The setting up has to be asked of the person."""
    await rp.sign_in(browser)
    page = await browser.open(rp.authorization_url(acr_values=OTP, prompt="none"))
    assert page.query["error"] == "interaction_required"


@pytest.mark.requirement("MF-12", "SE-01")
async def test_a_step_up_asks_for_the_code_and_nothing_else(
    browser: Browser, provider: Provider, rp: RelyingParty
) -> None:
    """F4.1: a session with the password only gives the code; the cookie changes, the new level is in the token."""
    await rp.sign_in(browser)
    await browser.open("/account/security")
    page = await browser.submit(button="set-otp")
    key = key_on(page)
    await browser.submit(password=PASSWORD, code=code_now(key, provider.clock.now()))
    before = browser.http.cookies["session"]
    provider.clock.advance(minutes=1)
    page = await browser.open(rp.authorization_url(acr_values=OTP))
    assert page.path == "/login/otp"
    page = await browser.submit(code=code_now(key, provider.clock.now()))
    tokens = (await rp.redeem(page.query["code"])).json()
    claims = claims_of(tokens["id_token"])
    assert (claims["acr"], claims["auth_time"]) == (OTP, provider.clock.now())
    assert browser.http.cookies["session"] != before
    page = await browser.open(rp.authorization_url(acr_values=OTP))
    assert "code" in page.query


@pytest.mark.requirement("MF-12")
async def test_the_claims_say_what_happened(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """Password, single sign-on later, a fresh password on demand, and a refresh: each with its own truth."""
    start = provider.clock.now()
    tokens = await rp.tokens(browser)
    claims = claims_of(tokens["id_token"])
    assert (claims["acr"], claims["amr"], claims["auth_time"]) == (PWD, ["pwd"], start)
    provider.clock.advance(minutes=30)
    page = await browser.open(rp.authorization_url())
    claims = claims_of((await rp.redeem(page.query["code"])).json()["id_token"])
    assert (claims["acr"], claims["auth_time"]) == (PWD, start)
    page = await browser.open(rp.authorization_url(max_age="60"))
    assert page.path == "/login"
    page = await browser.submit(username="lucie@wedos.cz", password=PASSWORD)
    fresh = (await rp.redeem(page.query["code"])).json()
    assert claims_of(fresh["id_token"])["auth_time"] == provider.clock.now()
    page = await browser.open(rp.authorization_url(prompt="login"))
    assert page.path == "/login"
    refreshed = (await rp.refresh(tokens["refresh_token"])).json()
    access = claims_of(refreshed["access_token"])
    assert (access["acr"], access["auth_time"]) == (PWD, start)


@pytest.mark.requirement("MF-06")
async def test_another_session_cannot_confirm_the_key(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """The key that one browser was shown is no key for another one of the same person."""
    await rp.sign_in(browser)
    await browser.open(rp.authorization_url(acr_values=OTP))
    page = await browser.submit(button="set-otp")
    key = key_on(page)
    async with Browser(provider.app, user_agent=CHROME) as other:
        await rp.sign_in(other)
        page = await other.open(rp.authorization_url(acr_values=OTP))
        assert "shared-key" not in page.text
        code = code_now(key, provider.clock.now())
        page = await other.post(page.url, page.forms[0].fields | {"password": PASSWORD, "code": code})
        assert page.path == "/login/otp/setup"
