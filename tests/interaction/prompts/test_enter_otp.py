"""The OTP code after the password: works once, in time, and cannot be guessed."""

import pytest

from idp.credentials.otp import code_now
from idp.credentials.table import otp_keys
from tests.support.browser import CHROME, Browser, Page
from tests.support.provider import OTP_KEY, PASSWORD, Provider
from tests.support.registration import wrong
from tests.support.relying_party import RelyingParty, claims_of
from tests.support.signing_in import try_password

LUCIE = "lucie@wedos.cz"


@pytest.fixture
async def shop(provider: Provider) -> RelyingParty:
    """Beside an account with OTP. Its time stands at the beginning of a step."""
    await provider.account(otp=True)
    return RelyingParty(provider, await provider.client())


def code_at(provider: Provider, seconds: int = 0) -> str:
    return code_now(OTP_KEY, provider.clock.now() + seconds)


async def give_password(browser: Browser, rp: RelyingParty) -> Page:
    page = await rp.sign_in(browser)
    assert page.path == "/login/otp"
    return page


async def test_the_page_says_whose_code_it_asks_for(browser: Browser, shop: RelyingParty) -> None:
    """The address is masked; another account is one click away and keeps the application's request."""
    page = await give_password(browser, shop)
    assert not page.shows(LUCIE)
    page = await browser.click("switch")
    assert page.path == "/login"
    assert page.forms[0].fields["username"] == ""


@pytest.mark.parametrize(("typed", "message"), [("", "Enter the code."), ("12 34", "The code must be 6 digits.")])
async def test_what_is_no_code_is_no_guess(browser: Browser, shop: RelyingParty, typed: str, message: str) -> None:
    """It is named, and the sixth time too."""
    await give_password(browser, shop)
    for _ in range(6):
        page = await browser.submit(has="code", code=typed)
        assert page.status == 200
        assert page.shows(message)


@pytest.mark.requirement("MF-02")
async def test_a_code_works_once(browser: Browser, provider: Provider, shop: RelyingParty) -> None:
    """The same code and the one before it are refused, in another browser as well; the next one works."""
    provider.clock.advance(seconds=5)
    spent, before = code_at(provider), code_at(provider, -30)
    await shop.sign_in(browser, otp=True)
    async with Browser(provider.app, user_agent=CHROME) as other:
        await give_password(other, shop)
        page = await other.submit(code=spent)
        assert page.shows("This code was already used. Wait for the next one.")
        page = await other.submit(code=before)
        assert page.has_error
        provider.clock.advance(seconds=30)
        page = await other.submit(code=code_at(provider))
        assert "code" in page.query


@pytest.mark.requirement("MF-04")
@pytest.mark.parametrize(
    ("second", "step", "is_accepted"),
    [(0, 0, True), (29, 0, True), (9, -30, True), (10, -30, False), (20, 30, True), (19, 30, False), (5, -60, False)],
)
async def test_a_clock_may_be_ten_seconds_off(
    browser: Browser, provider: Provider, shop: RelyingParty, second: int, step: int, is_accepted: bool
) -> None:
    """A code is good for its own half minute and at most ten seconds around it."""
    await give_password(browser, shop)
    provider.clock.advance(seconds=second)
    page = await browser.submit(code=code_at(provider, step))
    assert ("code" in page.query) is is_accepted


@pytest.mark.requirement("MF-05", "PW-13")
async def test_five_wrong_codes_wait_in_every_browser(browser: Browser, provider: Provider, shop: RelyingParty) -> None:
    """The sixth guess waits, the right code too, and a new login with the password does not help."""
    await give_password(browser, shop)
    for _ in range(5):
        page = await browser.submit(code=wrong(code_at(provider)))
    assert page.shows("Is the time on your phone set automatically?")
    page = await browser.submit(code=code_at(provider))
    assert page.status == 429
    assert page.headers["retry-after"] == "60"
    async with Browser(provider.app, user_agent=CHROME, address="203.0.113.4") as other:
        await give_password(other, shop)
        page = await other.submit(code=code_at(provider))
        assert page.status == 429
    provider.clock.advance(seconds=60)
    page = await browser.submit(code=code_at(provider))
    assert "code" in page.query


@pytest.mark.requirement("MF-05")
async def test_twenty_wrong_codes_are_a_days_worth(browser: Browser, provider: Provider, shop: RelyingParty) -> None:
    """However patient the guesser, and whichever session; the account page is no other way to guess."""
    guesses = 0
    for _ in range(40):
        page = await shop.sign_in(browser)
        page = await browser.submit(code=wrong(code_at(provider)))
        if page.status != 429:
            guesses += 1
        wait = int(page.headers.get("retry-after", 1))
        if wait > 900:
            break
        provider.clock.advance(seconds=wait)
    assert guesses == 20
    provider.clock.advance(hours=1)
    await shop.sign_in(browser)
    page = await browser.submit(code=code_at(provider))
    assert page.status == 429


@pytest.mark.requirement("PW-15")
async def test_the_password_does_not_reset_the_count_of_codes(
    browser: Browser, provider: Provider, shop: RelyingParty
) -> None:
    """Password, wrong code, password, wrong code …: the limit is reached all the same."""
    for _ in range(5):
        await browser.open(shop.authorization_url(prompt="login"))
        await browser.submit(username=LUCIE, password=PASSWORD)
        await browser.submit(code=wrong(code_at(provider)))
    await browser.open(shop.authorization_url(prompt="login"))
    await browser.submit(username=LUCIE, password=PASSWORD)
    page = await browser.submit(code=code_at(provider))
    assert page.status == 429


@pytest.mark.requirement("PW-15")
async def test_a_code_does_not_reset_the_count_of_passwords(
    browser: Browser, provider: Provider, shop: RelyingParty
) -> None:
    """Four wrong passwords stay counted although somebody proves a code meanwhile."""
    await give_password(browser, shop)
    async with Browser(provider.app, user_agent=CHROME) as other:
        for _ in range(5):
            await try_password(other, LUCIE)
        await browser.submit(code=code_at(provider))
        page = await other.submit(username=LUCIE, password=PASSWORD)
        assert page.status == 429


@pytest.mark.requirement("MF-09")
async def test_the_shared_key_is_sealed_in_the_database(provider: Provider, shop: RelyingParty) -> None:
    """Neither its text nor its bytes stand there."""
    async with provider.wiring.database.reading() as db:
        (row,) = (await db.execute(otp_keys.select())).all()
    assert OTP_KEY.encode() not in row.sealed_key
    assert OTP_KEY not in str(row)


@pytest.mark.requirement("MF-10", "MF-12")
async def test_no_way_around_the_code(browser: Browser, provider: Provider, shop: RelyingParty) -> None:
    """With the password alone: no code by `prompt=none`, another tab, a lower acr, the hint or the chooser."""
    await give_password(browser, shop)
    page = await browser.open(shop.authorization_url(prompt="none"))
    assert page.query["error"] == "login_required"
    for request in (
        {"acr_values": "urn:idp:acr:pwd"},
        {"claims": '{"id_token":{"acr":{"essential":true,"value":"urn:idp:acr:pwd"}}}'},
        {"login_hint": LUCIE},
        {"max_age": "3600"},
        {"scope": "openid offline_access"},
    ):
        page = await browser.open(shop.authorization_url(**request))
        assert page.path == "/login/otp"
    page = await browser.open(shop.authorization_url(prompt="select_account"))
    sid = next(name for name in page.forms[0].buttons if name.startswith("session="))
    page = await browser.submit(button=sid)
    assert page.path == "/login/otp"
    page = await browser.submit(code=code_at(provider))
    tokens = (await shop.redeem(page.query["code"])).json()
    for token in (tokens["id_token"], tokens["access_token"]):
        assert claims_of(token)["acr"] == "urn:idp:acr:otp"
    assert claims_of(tokens["id_token"])["amr"] == ["pwd", "otp", "mfa"]


@pytest.mark.requirement("MF-10")
async def test_a_remembered_browser_is_asked_for_the_code_again(
    browser: Browser, provider: Provider, shop: RelyingParty
) -> None:
    """After the session's end, "keep me signed in" and the known device spare nobody the second step."""
    await browser.open(shop.authorization_url())
    await browser.submit(username=LUCIE, password=PASSWORD, remember="1")
    await browser.submit(code=code_at(provider))
    provider.clock.advance(seconds=31 * 86_400)
    await give_password(browser, shop)
