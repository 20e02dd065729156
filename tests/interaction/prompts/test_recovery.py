"""Password recovery from the login page back to it."""

from tests.support.browser import Browser
from tests.support.provider import Provider
from tests.support.registration import newest
from tests.support.relying_party import RelyingParty

NEW = "nine herons over the weir"


async def test_a_recovery_ends_in_the_application(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """From the login page by the mailed link to the new password, the login and the application's code."""
    await browser.open(rp.authorization_url())
    await browser.click("recovery")
    page = await browser.submit(username="lucie@wedos.cz")
    assert page.path == "/recovery/sent"
    mail = await newest(provider, to="lucie@wedos.cz")
    page = await browser.open(mail["links"][0])
    assert page.path == "/recovery/new-password"
    page = await browser.submit(new_password=NEW, new_password_again=NEW)
    assert page.path == "/recovery/done"
    await browser.click("login")
    page = await browser.submit(password=NEW)
    assert "code" in page.query
