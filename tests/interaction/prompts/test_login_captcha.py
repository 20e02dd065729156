"""The CAPTCHA of the login page: when it is asked for, and that nothing gets around it."""

import pytest

from tests.support.browser import CHROME, Browser
from tests.support.captcha import solved
from tests.support.provider import PASSWORD, Provider
from tests.support.relying_party import RelyingParty
from tests.support.signing_in import try_password

LUCIE = "lucie@wedos.cz"


async def asked(browser: Browser, username: str) -> bool:
    """Whether the page that shows this name after a failure has a CAPTCHA."""
    page = await browser.submit(username=username, password="wrong")
    assert "recovery" in page.links
    return bool(page.forms[0].challenge)


@pytest.mark.requirement("PW-09", "PW-17")
@pytest.mark.parametrize("name", [LUCIE, "nobody@wedos.cz", "no such name"])
async def test_three_failures_ask_for_a_captcha(browser: Browser, rp: RelyingParty, name: str) -> None:
    """Known or not, the third failure brings it, with the way to the password recovery."""
    await browser.open("/login")
    assert [await asked(browser, name) for _ in range(3)] == [False, False, True]


@pytest.mark.requirement("PW-17")
async def test_then_the_right_password_needs_the_captcha_too(
    provider: Provider, browser: Browser, rp: RelyingParty
) -> None:
    """Left out, garbage, or used before: not even looked at. Solved: signed in, and nothing is asked any more."""
    await browser.open("/login")
    for _ in range(3):
        await browser.submit(username=LUCIE, password="wrong")
    assert browser.page is not None
    answer = solved(browser.page)["captcha"]
    failures = (await provider.events()).count("login_failed")
    for captcha in ("", "garbage"):
        page = await browser.submit(username=LUCIE, password=PASSWORD, captcha=captcha, captcha_wait="")
        assert page.path == "/login"
        assert page.has_error
    assert (await provider.events()).count("login_failed") == failures
    page = await browser.submit(username=LUCIE, password="wrong", captcha=answer)
    assert page.shows("The email or password is not right.")
    page = await browser.submit(username=LUCIE, password=PASSWORD, captcha=answer)
    assert page.shows("We could not check that you are not a robot. Send the form again.")
    page = await browser.submit(username=LUCIE, password=PASSWORD)
    assert page.path == "/account/security"
    await browser.open("/logout")
    await browser.submit(button="logout-confirm")
    page = await try_password(browser, LUCIE)
    assert not page.forms[0].challenge


@pytest.mark.requirement("PW-17")
async def test_a_page_without_the_captcha_cannot_be_used_around_it(
    provider: Provider, browser: Browser, rp: RelyingParty
) -> None:
    """Another browser fails three times: a page that was opened before is asked for the CAPTCHA when it is sent."""
    await browser.open("/login")
    async with Browser(provider.app, user_agent=CHROME, address="203.0.113.5") as other:
        for _ in range(3):
            await try_password(other, LUCIE)
    page = await browser.submit(username=LUCIE, password=PASSWORD)
    assert page.path == "/login"
    assert page.shows("Confirm that you are not a robot, then send the form again.")
    assert page.forms[0].fields["username"] == LUCIE
    page = await browser.submit(username=LUCIE, password=PASSWORD)
    assert page.path == "/account/security"


async def test_failures_from_one_address_ask_for_a_captcha_whoever_is_named(
    provider: Provider, browser: Browser, rp: RelyingParty
) -> None:
    """Ten names with one wrong password each; somebody elsewhere notices nothing, and an hour later it is over."""
    async with Browser(provider.app, user_agent=CHROME) as sprayer:
        for number in range(10):
            page = await try_password(sprayer, f"person{number}@wedos.cz")
        assert page.forms[0].challenge
        page = await sprayer.open("/login")
        assert page.forms[0].challenge
    async with Browser(provider.app, address="192.0.2.77") as elsewhere:
        page = await elsewhere.open("/login")
        assert not page.forms[0].challenge
    provider.clock.advance(hours=1)
    page = await browser.open("/login")
    assert not page.forms[0].challenge


async def test_without_javascript_the_login_waits_with_the_name_kept(
    provider: Provider, browser: Browser, rp: RelyingParty
) -> None:
    """After three failures, too early: the page that waits; then the password again."""
    await browser.open("/login")
    for _ in range(3):
        await browser.submit(username=LUCIE, password="wrong")
    page = await browser.submit(username=LUCIE, password=PASSWORD, captcha="")
    assert page.shows("Please wait 20 seconds")
    provider.clock.advance(seconds=20)
    page = await browser.click("continue")
    assert page.forms[0].fields["username"] == LUCIE
    page = await browser.submit(username=LUCIE, password=PASSWORD, captcha="")
    assert page.path == "/account/security"
