"""OTP without its device: password, mailed link, SMS code, in order and in one session; nothing else turns it off."""

import pytest

from idp.credentials.table import otp_keys
from tests.support.browser import Browser
from tests.support.lost_otp import (
    ask,
    links_to,
    otto,
    send_code,
)
from tests.support.provider import Provider
from tests.support.queries import count_rows
from tests.support.relying_party import RelyingParty, claims_of


@pytest.fixture
async def shop(provider: Provider) -> RelyingParty:
    """Beside Otto's account, which has OTP."""
    await otto(provider)
    return RelyingParty(provider, await provider.client())


async def has_otp(provider: Provider) -> bool:
    return await count_rows(provider.wiring.database, otp_keys, otp_keys.c.status == "active") == 1


async def test_the_whole_way_leads_to_the_application(browser: Browser, provider: Provider, shop: RelyingParty) -> None:
    """F5: password, link, "Send SMS", code; OTP is off, and the tokens claim the password alone."""
    page = await ask(browser, shop)
    assert page.path == "/lost-otp/sent"
    assert page.shows("Click the link within <strong>5 minutes</strong> (until 12:05\u202fPM UTC).")
    (link,) = await links_to(provider)
    page = await browser.open(link)
    assert page.shows("ot**@we***.c*")
    assert page.shows("+420 ••• ••• 456")
    page = await browser.submit(button="send-sms")
    assert page.path == "/lost-otp/code"
    page = await send_code(browser, provider)
    assert page.path == "/lost-otp/done"
    assert page.shows("OTP is now disabled.")
    page = await browser.click("continue")
    claims = claims_of((await shop.redeem(page.query["code"])).json()["id_token"])
    assert (claims["acr"], claims["amr"]) == ("urn:idp:acr:pwd", ["pwd"])
    assert not await has_otp(provider)
