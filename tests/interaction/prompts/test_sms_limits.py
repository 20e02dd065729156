"""What may not be sent is refused on the page, with the reason, before an SMS is queued."""

from pathlib import Path

import pytest

from tests.support.browser import Browser
from tests.support.clock import MovableClock
from tests.support.provider import running_provider, test_settings
from tests.support.registration import code_sent, fill_in_registration
from tests.support.relying_party import RelyingParty

REFUSED = {
    "en": "We do not send SMS to this country. Enter another number.",
    "cs": "Do této země SMS neposíláme. Zadejte jiné číslo.",
}
USED_UP = {
    "en": "We cannot send more SMS just now. Try again in 60 minutes.",
    "cs": "Teď nemůžeme poslat další SMS. Zkuste to za 60 minut.",
}


@pytest.mark.requirement("RC-16")
@pytest.mark.parametrize("locale", ["en", "cs"])
async def test_a_country_that_is_not_served(sqlite_url: str, tmp_path: Path, clock: MovableClock, locale: str) -> None:
    """Neither the registration nor a change takes such a number; one from before is refused at the button."""
    settings = test_settings(sqlite_url, tmp_path / "var", sms_countries="SK, at")
    async with running_provider(settings, clock) as provider, Browser(provider.app) as browser:
        await browser.open(f"/login?lang={locale}")
        page = await fill_in_registration(browser)
        assert page.path == "/register"
        assert page.shows(REFUSED[locale])
        page = await browser.submit(password="five quiet lakes under snow", phone="+421905123456")
        assert page.path == "/verify/email"

        await provider.account(phone_verified=False)
        rp = RelyingParty(provider, await provider.client())
        await rp.sign_in(browser)
        page = await browser.submit(button="send-sms")
        assert page.path == "/verify/phone"
        assert page.shows(REFUSED[locale])
        await browser.click("change-phone")
        page = await browser.submit(phone="+420602111222")
        assert page.shows(REFUSED[locale])
        assert not [message for message in await provider.inbox() if message["channel"] == "sms"]
        await browser.submit(phone="+43664123456")
        await browser.submit(button="send-sms")
        page = await browser.submit(code=await code_sent(provider, to="+43664123456"))
        assert "code" in page.query


@pytest.mark.requirement("RC-16")
@pytest.mark.parametrize("locale", ["en", "cs"])
async def test_a_budget_that_is_used_up(sqlite_url: str, tmp_path: Path, clock: MovableClock, locale: str) -> None:
    """The second person reads when to come back, and an hour later gets the SMS."""
    settings = test_settings(sqlite_url, tmp_path / "var", sms_budget=1)
    async with running_provider(settings, clock) as provider, Browser(provider.app) as browser:
        rp = RelyingParty(provider, await provider.client())
        for name, phone in (("first@wedos.cz", "+420601111222"), ("second@wedos.cz", "+420602111222")):
            await provider.account(name, phone=phone, phone_verified=False)
        async with Browser(provider.app) as first:
            await rp.sign_in(first, "first@wedos.cz")
            await first.submit(button="send-sms")
        await browser.open(f"/login?lang={locale}")
        await rp.sign_in(browser, "second@wedos.cz")
        page = await browser.submit(button="send-sms")
        assert page.shows(USED_UP[locale])
        clock.advance(hours=1)
        await rp.sign_in(browser, "second@wedos.cz")
        await browser.submit(button="send-sms")
        assert await code_sent(provider, to="+420602111222")
