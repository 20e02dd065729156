"""The sealed flow: whose it is, how long it lives, and that no order of steps leads around one."""

import itertools

import pytest

from idp.credentials.otp import code_now
from idp.grants.table import grants
from idp.interaction.prompts import DETOURS, PROMPTS
from idp.sessions.session import SessionStatus
from idp.sessions.table import browser_sessions
from tests.support.browser import CHROME, Browser, Page
from tests.support.provider import OTP_KEY, PASSWORD, Provider
from tests.support.registration import EVA, EVAS_PHONE, code_sent, fill_in_registration
from tests.support.relying_party import RelyingParty

LUCIE = "lucie@wedos.cz"
PATHS = sorted({prompt.path for prompt in (*PROMPTS, *DETOURS)})


async def active_sessions(provider: Provider) -> int:
    async with provider.wiring.database.reading() as db:
        rows = (await db.execute(browser_sessions.select())).all()
    return sum(row.status == SessionStatus.ACTIVE for row in rows)


async def opened_grants(provider: Provider) -> int:
    async with provider.wiring.database.reading() as db:
        return len((await db.execute(grants.select())).all())


@pytest.mark.requirement("AZ-18")
async def test_a_flow_opened_elsewhere_signs_nobody_in_here(
    browser: Browser, provider: Provider, rp: RelyingParty
) -> None:
    """B finishes the login of A's address: B goes on to the application, A has no session and is asked as before."""
    page = await browser.open(rp.authorization_url())
    async with Browser(provider.app, user_agent=CHROME) as other:
        await other.open(page.url)
        landed = await other.submit(username=LUCIE, password=PASSWORD)
        assert "code" in landed.query
    page = await browser.open(page.url)
    assert page.path == "/login"
    page = await browser.open("/account/security")
    assert page.path == "/login"


@pytest.mark.requirement("AZ-18", "AZ-26")
async def test_the_evidence_of_one_browser_counts_in_no_other(browser: Browser, provider: Provider) -> None:
    """The address of A's OTP page is a login page in B; B's code for it proves nothing."""
    await provider.account(otp=True)
    rp = RelyingParty(provider, await provider.client())
    page = await rp.sign_in(browser)
    assert page.path == "/login/otp"
    async with Browser(provider.app) as other:
        theirs = await other.open(page.url)
        assert theirs.path == "/login"
        assert LUCIE not in theirs.text
        body = {"csrf": theirs.forms[0].fields["csrf"], "code": code_now(OTP_KEY, provider.clock.now())}
        assert (await other.post(page.url, body)).path == "/login"
    assert await active_sessions(provider) == 0


@pytest.mark.requirement("AZ-18")
async def test_what_one_browser_chose_is_not_chosen_for_another(
    browser: Browser, provider: Provider, rp: RelyingParty
) -> None:
    """`prompt=select_account` is asked of B although A has answered it in the same flow."""
    await provider.account("petr@wedos.cz", otp=True)
    await rp.sign_in(browser)
    await browser.open(rp.authorization_url(prompt="select_account"))
    await browser.submit(button="use-another")
    page = await browser.submit(username="petr@wedos.cz", password=PASSWORD)
    assert page.path == "/login/otp"
    async with Browser(provider.app) as victim:
        await rp.sign_in(victim)
        theirs = await victim.open(page.url)
        assert theirs.path == "/select-account"


async def _post_all(browser: Browser, page: Page, order: list[str]) -> None:
    """Every step's form, with nothing in it but what proves that it is our own form."""
    query, csrf = page.url.partition("?")[2], page.forms[0].fields["csrf"]
    for path in order:
        for body in ({}, {"code": "000000", "clicked": "1"}, {"start": "1", "decision": "allow"}):
            await browser.post(f"{path}?{query}", {"csrf": csrf} | body)
        await browser.open(f"{path}?{query}")


@pytest.mark.requirement("AZ-26")
@pytest.mark.parametrize("rotation", range(0, len(PATHS), 3))
async def test_no_order_of_steps_signs_in(provider: Provider, browser: Browser, rotation: int) -> None:
    """Every step posted in many orders, before the login and after the password: no session, no grant."""
    await provider.account(otp=True, phone_verified=False)
    rp = RelyingParty(provider, await provider.client("acme", first_party=False))
    order = PATHS[rotation:] + PATHS[:rotation]
    page = await browser.open(rp.authorization_url(acr_values="urn:idp:acr:otp"))
    await _post_all(browser, page, order)
    page = await rp.sign_in(browser)
    assert page.path == "/login/otp"
    await _post_all(browser, page, order[::-1])
    assert await active_sessions(provider) == 0
    assert await opened_grants(provider) == 0
    assert (await browser.open("/account/security")).path in {"/login", "/login/otp"}


@pytest.mark.requirement("AZ-26")
async def test_after_the_code_the_steps_that_are_left_are_asked(provider: Provider, browser: Browser) -> None:
    """With OTP proven, neither the phone nor the consent can be jumped over; replays of old pages gain nothing."""
    await provider.account(otp=True, phone_verified=False)
    rp = RelyingParty(provider, await provider.client("acme", first_party=False))
    login = await browser.open(rp.authorization_url())
    otp = await browser.submit(username=LUCIE, password=PASSWORD)
    phone = await browser.submit(code=code_now(OTP_KEY, provider.clock.now()))
    assert phone.path == "/verify/phone"
    for old, path in itertools.product((login, otp, phone), ("/consent", "/login", "/login/otp", "/register/done")):
        query = old.url.partition("?")[2]
        page = await browser.post(f"{path}?{query}", {"csrf": phone.forms[0].fields["csrf"], "decision": "allow"})
        assert page.path == "/verify/phone"
    assert await opened_grants(provider) == 0
    await browser.open(phone.url)
    await browser.submit(button="send-sms")
    page = await browser.submit(code=await code_sent(provider, to="+420601123456"))
    assert page.path == "/consent"
    assert await opened_grants(provider) == 0


@pytest.mark.requirement("AZ-26")
async def test_a_registration_has_no_short_cut(provider: Provider, browser: Browser) -> None:
    """Between the form and the mailed code every other step leads back to the code's page."""
    rp = RelyingParty(provider, await provider.client())
    await browser.open(rp.authorization_url())
    page = await fill_in_registration(browser)
    for path in PATHS:
        await browser.post(
            f"{path}?{page.url.partition('?')[2]}",
            {"csrf": page.forms[0].fields["csrf"], "clicked": "1", "code": "000000", "session": "x", "start": "1"},
        )
    assert await active_sessions(provider) == 0
    assert await opened_grants(provider) == 0
    await browser.open(page.url)
    page = await browser.submit(code=await code_sent(provider, to=EVA))
    done = f"/register/done?{page.url.partition('?')[2]}"
    page = await browser.open(done)
    assert page.path == "/verify/phone"
    assert await opened_grants(provider) == 0
    await browser.submit(button="send-sms")
    page = await browser.submit(code=await code_sent(provider, to=EVAS_PHONE))
    assert page.path == "/register/done"


async def test_a_flow_ends_after_a_day(browser: Browser, provider: Provider) -> None:
    """Its page says so and leads to where the application would begin; a form of it does nothing."""
    await provider.account()
    rp = RelyingParty(provider, await provider.client(client_uri="https://shop.example/"))
    page = await browser.open(rp.authorization_url())
    provider.clock.advance(hours=24)
    page = await browser.open(page.url)
    assert page.path == "/login"
    provider.clock.advance(seconds=1)
    old = page
    page = await browser.open(old.url)
    assert page.shows("Your sign-in took too long.")
    assert page.links["start-again"] == "https://shop.example/"
    page = await browser.post(old.url, old.forms[0].fields | {"username": LUCIE, "password": PASSWORD})
    assert page.shows("Your sign-in took too long.")
    assert await active_sessions(provider) == 0


@pytest.mark.parametrize("flow", ["dead", "", "%00", "A" * 3000, "..%2F..", "[object Object]"])
async def test_a_broken_flow_is_a_plain_login_page(browser: Browser, rp: RelyingParty, flow: str) -> None:
    """A bookmark of long ago still signs in, to the account centre."""
    page = await browser.open(f"/login?flow={flow}")
    assert page.path == "/login"
    page = await browser.submit(username=LUCIE, password=PASSWORD)
    assert page.path == "/account/security"


async def test_a_bookmark_of_any_step_is_a_login_page(browser: Browser, provider: Provider) -> None:
    """Without a flow there is no step to be at."""
    for path in PATHS:
        page = await browser.open(path)
        assert page.path == (path if path in {"/register", "/recovery"} else "/login")
