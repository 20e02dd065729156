"""The page that asks whether something was asked for: always shown, says by whom, and answered once."""

import pytest

from idp.clients import store as clients
from idp.credentials.otp import code_now
from tests.support.browser import CHROME, Browser
from tests.support.decoupled import Device, a_device, an_asking_client, error_of, look_at_requests, type_code
from tests.support.provider import OTP_KEY, PASSWORD, Provider
from tests.support.relying_party import RelyingParty, claims_of
from tests.support.signing_in import try_again, try_password

LUCIE = "lucie@wedos.cz"


@pytest.fixture
async def tv(provider: Provider) -> Device:
    """A television, beside the account lucie@wedos.cz."""
    await provider.account()
    return await a_device(provider)


@pytest.mark.requirement("TK-29")
async def test_TK_29_it_names_who_asks_from_where_and_warns(tv: Device, browser: Browser) -> None:
    """Application, code, scopes, device, address, account; and what to do if somebody else sent the code."""
    started = await tv.started("openid profile offline_access")
    page = await type_code(browser, started["user_code"])
    for words in (
        "Acme TV", "tv.example", started["user_code"], "AcmeTV", "198.51.100.7", LUCIE, "Your name and profile",
        "Access while you are away", "Only continue if you started this on your own device.",
    ):  # fmt: skip
        assert page.shows(words), words


@pytest.mark.requirement("TK-29")
async def test_TK_29_it_is_never_skipped(tv: Device, browser: Browser) -> None:
    """Signed in a moment ago, first party, allowed before: the next device is asked about all the same."""
    await try_password(browser, LUCIE, PASSWORD)
    for _ in range(2):
        started = await tv.started()
        page = await type_code(browser, started["user_code"])
        assert page.path == "/approve"
        await browser.submit(button="request-allow")
        assert (await tv.poll(started["device_code"])).status_code == 200


@pytest.mark.requirement("TK-29", "SE-12")
async def test_TK_29_the_login_is_minutes_old_at_most(tv: Device, browser: Browser) -> None:
    """Five minutes after the password it is asked for again."""
    await try_password(browser, LUCIE, PASSWORD)
    tv.provider.clock.advance(minutes=4)
    started = await tv.started()
    await browser.open("/device")
    assert (await browser.submit(user_code=started["user_code"])).path == "/approve"
    tv.provider.clock.advance(minutes=2)
    await browser.open("/device")
    assert (await browser.submit(user_code=started["user_code"])).path == "/login"
    page = await try_again(browser, LUCIE, PASSWORD)
    assert page.path == "/approve"


@pytest.mark.requirement("MF-10")
async def test_MF_10_an_account_with_otp_is_asked_for_it(provider: Provider, browser: Browser) -> None:
    """No device gets a session at the lower level, and the token says which level it was."""
    await provider.account(otp=True)
    tv = await a_device(provider)
    started = await tv.started()
    page = await type_code(browser, started["user_code"])
    assert page.path == "/login/otp"
    assert error_of(await tv.poll(started["device_code"])) == "authorization_pending"
    page = await browser.submit(code=code_now(OTP_KEY, provider.clock.now()))
    assert page.path == "/approve"
    await browser.submit(button="request-allow")
    tokens = (await tv.poll(started["device_code"])).json()
    assert claims_of(tokens["id_token"])["acr"] == "urn:idp:acr:otp"


async def test_a_level_that_was_asked_for_is_reached_or_refused(tv: Device, browser: Browser) -> None:
    """`acr_values` leads over the OTP set-up; who does not want it has said no."""
    started = await tv.started(acr_values="urn:idp:acr:otp")
    page = await type_code(browser, started["user_code"])
    assert page.path == "/login/otp/setup"


async def test_somebody_elses_application_asks_for_consent_too(provider: Provider, browser: Browser) -> None:
    """As at the authorization endpoint, and once; a no there is a no to the device."""
    await provider.account()
    stranger = await a_device(provider, first_party=False)
    started = await stranger.started("openid email")
    await type_code(browser, started["user_code"])
    page = await browser.submit(button="request-allow")
    assert page.path == "/consent"
    assert page.shows("Then you can go back to your device.")
    assert error_of(await stranger.poll(started["device_code"])) == "authorization_pending"
    page = await browser.submit(button="consent-deny")
    assert page.shows("Acme TV gets nothing.")
    assert error_of(await stranger.poll(started["device_code"])) == "access_denied"
    started = await stranger.started("openid email")
    await type_code(browser, started["user_code"])
    await browser.submit(button="request-allow")
    page = await browser.submit(button="consent-allow")
    assert page.shows("You can go back to your device.")
    started = await stranger.started("openid email")
    await type_code(browser, started["user_code"])
    page = await browser.submit(button="request-allow")
    assert page.shows("You can go back to your device.")


async def test_it_is_answered_once(tv: Device, browser: Browser) -> None:
    """Allowed in one tab, denied in another that was open all the while: the first answer stands."""
    started = await tv.started()
    page = await type_code(browser, started["user_code"])
    form = dict(page.forms[0].fields)
    await browser.submit(button="request-allow")
    page = await browser.post(page.url, form | {"decision": "deny"})
    assert page.shows("This request is over")
    assert (await tv.poll(started["device_code"])).status_code == 200


async def test_the_page_of_an_answered_request_says_so(tv: Device, browser: Browser) -> None:
    """Back, and a bookmark."""
    started = await tv.started()
    page = await type_code(browser, started["user_code"])
    asked = page.url
    await browser.submit(button="request-deny")
    page = await browser.open(asked)
    assert page.shows("It was answered already, or it has expired.")
    assert not page.forms


@pytest.mark.requirement("AZ-18", "TK-29")
async def test_AZ_18_a_link_to_the_page_allows_nothing_elsewhere(tv: Device, browser: Browser) -> None:
    """The address of the page, sent to somebody else, asks them from the start: login, then the page."""
    await type_code(browser, (await tv.started())["user_code"])
    assert browser.page is not None
    async with Browser(tv.provider.app, user_agent=CHROME) as other:
        page = await other.open(browser.page.url)
        assert page.path == "/login"


@pytest.mark.requirement("AZ-16")
async def test_AZ_16_the_form_cannot_ask_for_more(tv: Device, browser: Browser) -> None:
    """What is allowed is what the device asked for."""
    started = await tv.started("openid")
    await type_code(browser, started["user_code"])
    await browser.submit(button="request-allow", csrf=browser.page.forms[0].fields["csrf"])  # type: ignore[union-attr]
    assert (await tv.poll(started["device_code"])).json()["scope"] == "openid"


async def test_a_forged_form_answers_nothing(tv: Device, browser: Browser) -> None:
    """Another origin's POST: the page again."""
    started = await tv.started()
    page = await type_code(browser, started["user_code"])
    page = await browser.post(page.url, {"decision": "allow", "csrf": "x"}, origin="https://evil.example")
    assert page.path == "/approve"
    assert error_of(await tv.poll(started["device_code"])) == "authorization_pending"


async def test_a_client_that_was_disabled_meanwhile_gets_nothing(tv: Device, browser: Browser) -> None:
    """Checked when the person answers, not only when the device asks."""
    started = await tv.started()
    await type_code(browser, started["user_code"])
    async with tv.provider.wiring.database.writing() as db:
        await clients.set_status(db, "tv", status="disabled", now=tv.provider.clock.now())
    tv.provider.wiring.clients.forget()
    page = await browser.submit(button="request-allow")
    assert not page.shows("You can go back to your device.")


@pytest.mark.requirement("AZ-22")
async def test_AZ_22_another_person_cannot_answer_for_the_one_that_was_named(
    provider: Provider, browser: Browser, rp: RelyingParty
) -> None:
    """CIBA names the person: the page of their request, opened by somebody else, has nothing to allow."""
    await provider.account("eva@wedos.cz", phone="+420601999888")
    bank = await an_asking_client(provider)
    started = await bank.started()
    await look_at_requests(browser)
    page = await browser.submit(button="request-1")
    assert page.path == "/approve"
    async with Browser(provider.app, user_agent=CHROME) as eva:
        await try_password(eva, "eva@wedos.cz", PASSWORD)
        shown = await eva.open(page.url)
        assert shown.shows("This request is over")
        assert not shown.forms
        csrf = (await eva.open("/device")).forms[0].fields["csrf"]
        for decision in ("allow", "deny"):
            sent = await eva.post(page.url, {"csrf": csrf, "decision": decision})
            assert sent.shows("This request is over")
        forged = await eva.open("/account/requests")
        assert forged.shows("Nothing waits for your answer.")
    assert error_of(await bank.poll(started["auth_req_id"])) == "authorization_pending"
