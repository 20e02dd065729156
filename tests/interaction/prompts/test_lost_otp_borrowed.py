"""No step towards turning OTP off can be dropped, swapped or borrowed: the matrix of MF-15."""

from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.accounts import store as accounts
from idp.credentials.otp import code_now
from idp.credentials.table import otp_keys, otp_recoveries
from idp.devices.device import device_id_of
from idp.interaction.flow import Flow, Memo
from idp.interaction.opening import flow_sealer
from idp.web.csrf import csrf_token
from tests.support.browser import CHROME, Browser, FormOnPage
from tests.support.captcha import solved
from tests.support.lost_otp import (
    OTTO,
    OTTOS_PHONE,
    ask,
    give_password,
    links_to,
    otto,
    prove_mailbox,
    send_code,
    to_the_code,
)
from tests.support.provider import OTP_KEY, PASSWORD, Provider
from tests.support.queries import count_rows
from tests.support.registration import code_sent
from tests.support.relying_party import RelyingParty

EVA, EVAS_PHONE = "eva@wedos.cz", "+420601777888"
pytestmark = pytest.mark.requirement("MF-15")


@pytest.fixture
async def shop(provider: Provider) -> RelyingParty:
    """Beside the accounts of Otto and Eva, both with OTP."""
    await otto(provider)
    await provider.account(EVA, otp=True, phone=EVAS_PHONE)
    return RelyingParty(provider, await provider.client())


@pytest.fixture
async def other(provider: Provider) -> AsyncIterator[Browser]:
    """Another browser, on another device."""
    async with Browser(provider.app, user_agent=CHROME, address="198.51.100.9") as browser:
        yield browser


async def otps_on(provider: Provider) -> int:
    return await count_rows(provider.wiring.database, otp_keys, otp_keys.c.status == "active")


async def in_state(provider: Provider, state: str) -> int:
    return await count_rows(provider.wiring.database, otp_recoveries, otp_recoveries.c.state == state)


async def press_send_sms(browser: Browser, provider: Provider, link: str) -> None:
    """Sends the button's form for this link, whatever the page shows, with a token that is the browser's own."""
    token = parse_qs(urlsplit(link).query)["t"][0]
    await browser.post("/lost-otp", {"token": token, "csrf": own_csrf(browser, provider)})


def own_csrf(browser: Browser, provider: Provider) -> str:
    """The token that every form of ours has in this browser."""
    return csrf_token(provider.keys, device_id_of(browser.http.cookies["device"]))


def code_form(browser: Browser) -> FormOnPage:
    return browser.form("code")


def flow_at_the_code(provider: Provider, browser: Browser, recovery_id: str) -> Flow:
    """A flow such as only we can seal: even this one is no evidence."""
    assert browser.page is not None
    flow = flow_sealer(provider.wiring).open(browser.page.query["flow"])
    return flow.without_messages().remembering(**{Memo.LOST_OTP: recovery_id})


async def recovery_ids(provider: Provider) -> list[str]:
    async with provider.wiring.database.reading() as db:
        rows = await db.execute(otp_recoveries.select().order_by(otp_recoveries.c.created_at))
        return [row.id for row in rows]


async def test_another_device_learns_who_asked_and_nothing_else(
    browser: Browser, other: Browser, provider: Provider, shop: RelyingParty
) -> None:
    """Also one where the same person has typed the password; the link stays good where it was asked for."""
    await ask(browser, shop)
    (link,) = await links_to(provider)
    for signed_in in (False, True):
        if signed_in:
            await give_password(other, shop)
        page = await other.open(link)
        assert page.shows("Open this link on the device and in the browser where you asked for it.")
        assert page.shows("Firefox 146, Linux")
        assert page.shows("192.0.2.1")
        assert "send-sms" not in page.text
        assert "ot**" not in page.text
        assert "456" not in page.text
        await press_send_sms(other, provider, link)
    assert await in_state(provider, "asked") == 1
    assert (await prove_mailbox(browser, provider)).path == "/lost-otp/code"


async def test_the_link_does_not_outlive_its_session(browser: Browser, provider: Provider, shop: RelyingParty) -> None:
    """A new login of the same person in the same browser is another session: its own mail has to be asked for."""
    await ask(browser, shop)
    (link,) = await links_to(provider)
    browser.http.cookies.delete("session")
    await give_password(browser, shop)
    page = await browser.open(link)
    assert page.shows("This link has expired.")
    await press_send_sms(browser, provider, link)
    assert await in_state(provider, "asked") == 1


async def test_another_persons_password_does_not_open_the_link(
    browser: Browser, provider: Provider, shop: RelyingParty
) -> None:
    """Eva's password in Otto's browser, without Otto's session."""
    await ask(browser, shop)
    (link,) = await links_to(provider)
    browser.http.cookies.delete("session")
    await give_password(browser, shop, EVA)
    assert (await browser.open(link)).shows("This link has expired.")
    await press_send_sms(browser, provider, link)
    assert await in_state(provider, "mailbox_proven") == 0


@pytest.mark.parametrize(("seconds", "works"), [(299, True), (300, False)])
async def test_the_link_lives_five_minutes(
    browser: Browser, provider: Provider, shop: RelyingParty, seconds: int, works: bool
) -> None:
    """To the second; the expired page leads to a new sign-in."""
    await ask(browser, shop)
    (link,) = await links_to(provider)
    provider.clock.advance(seconds=seconds)
    page = await browser.open(link)
    assert page.shows("Send SMS") is works
    assert page.shows("Sign in and ask again.") is not works
    await press_send_sms(browser, provider, link)
    assert await in_state(provider, "mailbox_proven") == int(works)


async def test_made_up_links_are_expired_ones(browser: Browser) -> None:
    """Garbled, cut, missing, hostile: the same page, and no error of ours."""
    for token in ("", "?t=", "?t=abc", "?t=%00%ff" + "x" * 500, "?t=a&t=b", "?t=" + "A" * 43):
        page = await browser.open(f"/lost-otp{token}")
        assert (page.status, page.shows("This link has expired.")) == (200, True)


async def test_the_code_page_needs_its_recovery(browser: Browser, provider: Provider, shop: RelyingParty) -> None:
    """Without the mailbox proven nothing is waited for: neither with a flow that says so, nor with its form."""
    await ask(browser, shop)
    sealer = flow_sealer(provider.wiring)
    (mine,) = await recovery_ids(provider)
    for claimed in (mine, "x" * 22, ""):
        url = sealer.url("/lost-otp/code", flow_at_the_code(provider, browser, claimed))
        page = await browser.open(url)
        assert page.shows("This code can no longer be used.")
        page = await browser.post(url, {"csrf": own_csrf(browser, provider), "code": "123456"})
        assert page.shows("This code can no longer be used.")
        await ask_again(browser, shop)
    assert await otps_on(provider) == 2


async def ask_again(browser: Browser, shop: RelyingParty) -> None:
    """Back to a page that has this login's flow in its address."""
    await browser.open(shop.authorization_url())
    await browser.submit(button="lost-otp")


async def test_a_proven_mailbox_is_not_lent_to_another_session(
    browser: Browser, other: Browser, provider: Provider, shop: RelyingParty
) -> None:
    """Otto's own session elsewhere, and Eva's: the recovery that Otto's browser has proven is not theirs."""
    await to_the_code(browser, shop)
    (proven,) = await recovery_ids(provider)
    code = await code_sent(provider, to=OTTOS_PHONE)
    for email in (OTTO, EVA):
        other.http.cookies.clear()
        await give_password(other, shop, email)
        url = flow_sealer(provider.wiring).url("/lost-otp/code", flow_at_the_code(provider, other, proven))
        page = await other.open(url)
        assert page.shows("This code can no longer be used.")
        await other.post(url, {"csrf": own_csrf(other, provider), "code": code})
    assert await otps_on(provider) == 2


@pytest.mark.requirement("RC-14")
async def test_a_code_fits_its_own_recovery_only(
    browser: Browser, other: Browser, provider: Provider, shop: RelyingParty
) -> None:
    """Eva's code, and the code of Otto's recovery in another browser, are wrong codes here; Otto's own is right."""
    await to_the_code(other, shop, EVA)
    evas = await code_sent(provider, to=EVAS_PHONE)
    other.http.cookies.delete("session")
    await to_the_code(other, shop)
    elsewhere = await code_sent(provider, to=OTTOS_PHONE)
    provider.clock.advance(seconds=60)
    await to_the_code(browser, shop)
    own = await code_sent(provider, to=OTTOS_PHONE)
    for borrowed in {evas, elsewhere} - {own}:
        page = await send_code(browser, provider, code=borrowed)
        assert page.shows("This code is not right.")
    assert await otps_on(provider) == 2
    assert (await send_code(browser, provider, code=own)).path == "/lost-otp/done"
    assert await otps_on(provider) == 1


@pytest.mark.requirement("RC-14")
async def test_a_code_of_another_purpose_does_not_fit(
    browser: Browser, other: Browser, provider: Provider, shop: RelyingParty
) -> None:
    """The SMS that verifies a phone, for the same number, turns no OTP off; and the other way round."""
    await provider.account("jan@wedos.cz", phone=OTTOS_PHONE, phone_verified=False)
    page = await shop.sign_in(other, "jan@wedos.cz")
    assert page.path == "/verify/phone"
    await other.submit(button="send-sms")
    verifying = await code_sent(provider, to=OTTOS_PHONE)
    provider.clock.advance(seconds=1)
    await to_the_code(browser, shop)
    own = await code_sent(provider, to=OTTOS_PHONE)
    if verifying != own:
        assert (await send_code(browser, provider, code=verifying)).shows("This code is not right.")
        assert (await other.submit(code=own)).shows("This code is not right.")
    assert await otps_on(provider) == 2


async def test_a_login_that_took_too_long_begins_anew(browser: Browser, provider: Provider, shop: RelyingParty) -> None:
    """Ten minutes after the password the half login is over, and the code with it."""
    await to_the_code(browser, shop)
    code = await code_sent(provider, to=OTTOS_PHONE)
    provider.clock.advance(seconds=600)
    page = await send_code(browser, provider, code=code)
    assert page.path == "/login"
    assert page.shows("Your sign-in took too long.")
    assert await otps_on(provider) == 2


async def type_the_otp(browser: Browser, provider: Provider, shop: RelyingParty) -> None:
    await browser.open(shop.authorization_url())
    await browser.submit(code=code_now(OTP_KEY, provider.clock.now()))


async def lock_otto(_browser: Browser, provider: Provider, _shop: RelyingParty) -> None:
    await provider.lock(OTTO)


async def set_a_password(_browser: Browser, provider: Provider, _shop: RelyingParty) -> None:
    await provider.set_password(OTTO, "another pond with nine swans")


async def change_the_browser(browser: Browser, _provider: Provider, _shop: RelyingParty) -> None:
    browser.change_to(CHROME)


Meanwhile = Callable[[Browser, Provider, RelyingParty], Awaitable[None]]
MEANWHILE = pytest.mark.parametrize("meanwhile", [type_the_otp, lock_otto, set_a_password, change_the_browser])


@MEANWHILE
async def test_what_happened_meanwhile_ends_the_link(
    browser: Browser, provider: Provider, shop: RelyingParty, meanwhile: Meanwhile
) -> None:
    """The OTP typed after all, a lock, a new password, another User-Agent: the mailed link is good for nothing."""
    await ask(browser, shop)
    (link,) = await links_to(provider)
    await meanwhile(browser, provider, shop)
    page = await browser.open(link)
    assert page.shows("This link has expired.")
    await press_send_sms(browser, provider, link)
    assert await in_state(provider, "asked") == 1


@MEANWHILE
async def test_what_happened_meanwhile_ends_the_code(
    browser: Browser, provider: Provider, shop: RelyingParty, meanwhile: Meanwhile
) -> None:
    """The same, between the SMS and its code: OTP stays on."""
    page = await to_the_code(browser, shop)
    form, url = code_form(browser), page.url
    body = form.fields | {"code": await code_sent(provider, to=OTTOS_PHONE)} | solved(page)
    await meanwhile(browser, provider, shop)
    await browser.post(form.action, body)
    await browser.open(url)
    assert await otps_on(provider) == 2
    assert await in_state(provider, "done") == 0


async def test_a_number_that_was_changed_meanwhile_proves_nothing(
    browser: Browser, provider: Provider, shop: RelyingParty
) -> None:
    """The code went to the old number: whoever reads it there is not who the account names now."""
    from_accounts = provider.wiring.database
    await to_the_code(browser, shop)
    async with from_accounts.writing() as db:
        account = await accounts.find_by_email(db, OTTO)
        assert account is not None
        await accounts.change_phone(db, account.id, phone="+420601000111", now=provider.clock.now())
        await accounts.verify_phone(db, account.id, phone="+420601000111", now=provider.clock.now())
    page = await send_code(browser, provider)
    assert page.shows("This code has expired.")
    assert await otps_on(provider) == 2


async def test_a_form_of_another_site_does_nothing(browser: Browser, provider: Provider, shop: RelyingParty) -> None:
    """Neither the link's button nor the code's form works without the token of our own page."""
    await ask(browser, shop)
    (link,) = await links_to(provider)
    await browser.open(link)
    token = browser.form(button="send-sms").fields["token"]
    await browser.post("/lost-otp", {"token": token, "csrf": "x.y"}, origin="https://evil.example")
    assert await in_state(provider, "asked") == 1
    page = await prove_mailbox(browser, provider)
    body = code_form(browser).fields | {"code": await code_sent(provider, to=OTTOS_PHONE)} | solved(page)
    page = await browser.post(code_form(browser).action, body | {"csrf": "x.y"})
    assert page.shows("Please send it again.")
    assert await otps_on(provider) == 2


async def test_a_session_that_is_signed_in_turns_otp_off_with_its_code_only(
    browser: Browser, provider: Provider, shop: RelyingParty
) -> None:
    """Asked for the OTP again, a whole login has no such button: whoever took over the browser gains nothing."""
    await shop.sign_in(browser, OTTO, otp=True)
    provider.clock.advance(seconds=30)
    page = await browser.open(shop.authorization_url(prompt="login"))
    page = await browser.submit(username=OTTO, password=PASSWORD)
    assert page.path == "/login/otp"
    assert "lost-otp" not in page.text
    asking = flow_sealer(provider.wiring).open(page.query["flow"]).remembering(**{Memo.LOST_OTP_ASKED: ""})
    url = flow_sealer(provider.wiring).url("/lost-otp/sent", asking)
    await browser.post(url, {"csrf": page.forms[0].fields["csrf"]})
    assert await links_to(provider) == []
