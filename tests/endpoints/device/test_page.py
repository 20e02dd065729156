"""`/device`: typing the code, and guessing it."""

import pytest

from idp.decoupled.codes import new_user_code
from tests.support.browser import Browser
from tests.support.decoupled import Device, a_device, type_code
from tests.support.provider import Provider
from tests.support.signing_in import try_password


@pytest.fixture
async def tv(provider: Provider) -> Device:
    """A television, beside the account lucie@wedos.cz."""
    await provider.account()
    return await a_device(provider)


@pytest.mark.requirement("TK-29")
async def test_TK_29_a_code_in_the_address_is_still_sent_by_a_person(tv: Device, browser: Browser) -> None:
    """`verification_uri_complete` fills the form in; opening it answers nothing, signed in or not."""
    await try_password(browser, "lucie@wedos.cz", "five quiet lakes under snow")
    started = await tv.started()
    page = await browser.open(started["verification_uri_complete"])
    assert page.path == "/device"
    assert page.forms[0].fields["user_code"] == started["user_code"]
    assert (await tv.poll(started["device_code"])).json()["error"] == "authorization_pending"
    page = await browser.submit()
    assert page.path == "/approve"
    assert page.shows(started["user_code"])


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter the code that your device shows."),
        ("hello", "The code has eight letters, such as BCDF-GHJK."),
        ("BCDF-GHJK", "This code is not right, or it has expired."),
    ],
)
async def test_a_wrong_code_stays_in_the_form(tv: Device, browser: Browser, typed: str, words: str) -> None:
    """With the sentence that helps; the POST answers 303."""
    await browser.open("/device")
    page = await browser.submit(user_code=typed)
    assert page.path == "/device"
    assert page.shows(words)
    assert page.forms[0].fields["user_code"] == typed


async def test_it_reads_what_people_type(tv: Device, browser: Browser) -> None:
    """Small letters, no dash, spaces."""
    started = await tv.started()
    page = await type_code(browser, started["user_code"].lower().replace("-", "  "))
    assert page.path == "/approve"


@pytest.mark.requirement("TK-28", "RC-13")
async def test_TK_28_five_guesses_and_then_a_wait(tv: Device, browser: Browser) -> None:
    """After five wrong codes this browser waits, and the right one is not looked at; a minute later it is."""
    started = await tv.started()
    await browser.open("/device")
    for _ in range(5):
        page = await browser.submit(user_code=new_user_code())
        assert page.shows("This code is not right")
    page = await browser.submit(user_code=started["user_code"])
    assert page.shows("Too many attempts.")
    assert page.status == 429
    assert (await tv.provider.events()).count("user_code_failed") == 5
    tv.provider.clock.advance(minutes=2)
    page = await type_code(browser, started["user_code"])
    assert page.path == "/approve"


@pytest.mark.requirement("TK-28", "PW-16")
async def test_TK_28_one_address_cannot_guess_with_many_browsers(tv: Device) -> None:
    """Thirty guesses, whoever makes them; another address is not kept waiting."""
    started = await tv.started()
    for number in range(32):
        async with Browser(tv.provider.app) as browser:
            await browser.open("/device")
            page = await browser.submit(user_code=new_user_code())
            assert page.shows("Too many attempts.") == (number >= 30)
    async with Browser(tv.provider.app, address="203.0.113.9") as elsewhere:
        assert (await type_code(elsewhere, started["user_code"])).path == "/approve"


async def test_a_forged_form_does_nothing(tv: Device, browser: Browser) -> None:
    """It comes back, filled in, and nothing was counted."""
    await browser.open("/device")
    page = await browser.post("/device", {"user_code": "BCDF-GHJK", "csrf": "x"}, origin="https://evil.example")
    assert page.shows("This page was open for a long time.")
    assert "user_code_failed" not in await tv.provider.events()


async def test_without_cookies_it_says_so(tv: Device, browser: Browser) -> None:
    """The form came without the cookie that its page had set."""
    page = await browser.post("/device", {"user_code": "BCDF-GHJK"})
    assert page.shows("Allow cookies") or page.path == "/cookies-off"


async def test_the_address_of_an_error_is_another_browsers_nothing(tv: Device, browser: Browser) -> None:
    """What was typed here cannot be shown to somebody else by its address."""
    await browser.open("/device")
    page = await browser.submit(user_code="hello")
    async with Browser(tv.provider.app) as other:
        shown = await other.open(page.url)
    assert not shown.has_error
