"""A recovery code instead of the OTP code: after the password, once, told to the owner, and under the same counters."""

import re
from collections.abc import Callable

import pytest

from idp.accounts.account import Account
from idp.credentials import recovery_codes
from idp.credentials.otp import code_now
from idp.devices.device import device_id_of
from idp.interaction.flow import Flow, Memo
from idp.interaction.opening import flow_sealer
from idp.tables import metadata
from tests.support.browser import CHROME, Browser, Page
from tests.support.provider import OTP_KEY, PASSWORD, Provider
from tests.support.registration import wrong
from tests.support.relying_party import RelyingParty, claims_of

LUCIE = "lucie@wedos.cz"
PATH = "/login/recovery-code"
WRONG = "AAAAA-AAAAA-AAAA"


@pytest.fixture
async def lucie(provider: Provider) -> Account:
    return await provider.account(otp=True)


@pytest.fixture
async def codes(provider: Provider, lucie: Account) -> tuple[str, ...]:
    """Lucie's ten codes."""
    return await provider.recovery_codes(lucie)


@pytest.fixture
async def shop(provider: Provider, codes: tuple[str, ...]) -> RelyingParty:
    return RelyingParty(provider, await provider.client())


async def ask_for_code(browser: Browser, rp: RelyingParty) -> Page:
    """From the application's request over the password to the page of the recovery code."""
    page = await rp.sign_in(browser)
    assert page.path == "/login/otp"
    page = await browser.click("use-recovery-code")
    assert page.path == PATH
    return page


@pytest.mark.requirement("MF-12")
async def test_a_recovery_code_signs_in(
    browser: Browser, provider: Provider, shop: RelyingParty, codes: tuple[str, ...]
) -> None:
    """The level is that of OTP; the page says how many are left, the owner is told, and the audit log knows."""
    await ask_for_code(browser, shop)
    page = await browser.submit(recovery_code=codes[0])
    assert page.path == "/login/recovery-code/used"
    assert page.shows("You have 9 recovery codes left.")
    assert "make-codes" not in page.links
    page = await browser.click("continue")
    claims = claims_of((await shop.redeem(page.query["code"])).json()["id_token"])
    assert (claims["acr"], claims["amr"]) == ("urn:idp:acr:otp", ["pwd", "otp", "mfa"])
    assert claims["auth_time"] == provider.clock.now()
    (mail,) = [mail for mail in await provider.inbox() if "recovery code" in mail["subject"]]
    assert "9 recovery codes are left." in mail["text"]
    assert "recovery_code_used" in await provider.events()


@pytest.mark.parametrize("dress", [str.lower, lambda code: code.replace("-", " "), lambda code: f" {code}\t"])
async def test_any_spelling_of_a_code_is_read(
    browser: Browser, shop: RelyingParty, codes: tuple[str, ...], dress: Callable[[str], str]
) -> None:
    """Any case, spaces for dashes, blanks around it."""
    await ask_for_code(browser, shop)
    page = await browser.submit(recovery_code=dress(codes[3]))
    assert page.path == "/login/recovery-code/used"


@pytest.mark.parametrize(
    ("typed", "message"),
    [("", "Enter one of your recovery codes."), ("ABCDE-12345", "A recovery code has 14 letters and digits.")],
)
async def test_what_is_no_code_is_no_guess(browser: Browser, shop: RelyingParty, typed: str, message: str) -> None:
    """It is named, and the sixth time too."""
    await ask_for_code(browser, shop)
    for _ in range(6):
        page = await browser.submit(has="recovery_code", recovery_code=typed)
        assert page.status == 200
        assert page.shows(message)


@pytest.mark.requirement("MF-13")
async def test_a_code_works_once(
    browser: Browser, provider: Provider, shop: RelyingParty, codes: tuple[str, ...]
) -> None:
    """Used, it is refused in this browser and in another one; the other nine work."""
    await ask_for_code(browser, shop)
    await browser.submit(recovery_code=codes[0])
    for place in range(1, 10):
        async with Browser(provider.app, user_agent=CHROME) as other:
            await ask_for_code(other, shop)
            page = await other.submit(recovery_code=codes[0])
            assert page.shows("This recovery code is not right, or was already used.")
            page = await other.submit(recovery_code=codes[place])
            assert page.path == "/login/recovery-code/used"
            provider.clock.advance(hours=2)
    assert page.shows("You have 0 recovery codes left.")


@pytest.mark.requirement("MF-13")
async def test_a_new_set_kills_the_old_one(
    browser: Browser, provider: Provider, lucie: Account, shop: RelyingParty, codes: tuple[str, ...]
) -> None:
    """Not one of the old codes signs in; a new one does."""
    new = await provider.recovery_codes(lucie)
    await ask_for_code(browser, shop)
    for old in codes:
        page = await browser.submit(recovery_code=old)
        assert page.has_error
        provider.clock.advance(minutes=16)
        await ask_for_code(browser, shop)
    page = await browser.submit(recovery_code=new[0])
    assert page.path == "/login/recovery-code/used"


@pytest.mark.requirement("MF-14", "MF-10")
async def test_a_list_of_codes_is_no_account(
    browser: Browser, provider: Provider, lucie: Account, shop: RelyingParty, codes: tuple[str, ...]
) -> None:
    """Before the password, with a stale password, and with a made-up flow the page is not there, and spends nothing."""
    page = await browser.open(shop.authorization_url())
    csrf, query = page.forms[0].fields["csrf"], page.url.partition("?")[2]
    for path in (f"{PATH}?{query}", PATH):
        assert (await browser.open(path)).path == "/login"
        page = await browser.post(path, {"csrf": csrf, "recovery_code": codes[0]})
        assert page.path == "/login"
    page = await ask_for_code(browser, shop)
    await browser.submit(recovery_code=codes[0])
    provider.clock.advance(minutes=1)
    page = await browser.open(shop.authorization_url(prompt="login"))
    assert page.path == "/login"
    page = await browser.post(f"{PATH}?{page.url.partition('?')[2]}", {"csrf": csrf, "recovery_code": codes[1]})
    assert page.path == "/login"
    assert await left(provider, lucie) == 9


@pytest.mark.requirement("MF-14")
async def test_one_sign_in_spends_one_code(
    browser: Browser, provider: Provider, lucie: Account, shop: RelyingParty, codes: tuple[str, ...]
) -> None:
    """The form sent again with another code, after the first one was right, finds nothing to do."""
    page = await ask_for_code(browser, shop)
    form = browser.form("recovery_code")
    await browser.submit(recovery_code=codes[0])
    for code in codes[1:]:
        page = await browser.post(form.action, form.fields | {"recovery_code": code})
        assert page.path != PATH
    assert await left(provider, lucie) == 9


@pytest.mark.requirement("MF-05")
async def test_otp_and_recovery_codes_share_one_count(
    browser: Browser, provider: Provider, shop: RelyingParty, codes: tuple[str, ...]
) -> None:
    """Three wrong OTP codes and two wrong recovery codes are five: then both wait, and so does the right one."""
    await shop.sign_in(browser)
    for _ in range(3):
        await browser.submit(code=wrong(code_now(OTP_KEY, provider.clock.now())))
    await browser.click("use-recovery-code")
    for _ in range(2):
        page = await browser.submit(recovery_code=WRONG)
        assert page.status == 200
    page = await browser.submit(recovery_code=codes[0])
    assert page.status == 429
    assert page.headers["retry-after"] == "60"
    await browser.click("back")
    page = await browser.submit(code=code_now(OTP_KEY, provider.clock.now()))
    assert page.status == 429
    provider.clock.advance(seconds=60)
    await browser.click("use-recovery-code")
    page = await browser.submit(recovery_code=codes[0])
    assert page.path == "/login/recovery-code/used"


@pytest.mark.requirement("MF-05")
async def test_twenty_wrong_codes_of_both_kinds_are_a_days_worth(
    browser: Browser, provider: Provider, shop: RelyingParty, codes: tuple[str, ...]
) -> None:
    """However patient, and whichever page: the twenty-first guess waits until the next day."""
    guesses = 0
    for attempt in range(40):
        await shop.sign_in(browser)
        if attempt % 2:
            page = await browser.submit(code=wrong(code_now(OTP_KEY, provider.clock.now())))
        else:
            await browser.click("use-recovery-code")
            page = await browser.submit(recovery_code=WRONG)
        guesses += page.status != 429
        wait = int(page.headers.get("retry-after", 1))
        if wait > 900:
            break
        provider.clock.advance(seconds=wait)
    assert guesses == 20
    provider.clock.advance(hours=1)
    await ask_for_code(browser, shop)
    page = await browser.submit(recovery_code=codes[0])
    assert page.status == 429


@pytest.mark.requirement("PW-15")
async def test_the_right_code_forgets_the_wrong_ones(
    browser: Browser, provider: Provider, shop: RelyingParty, codes: tuple[str, ...]
) -> None:
    """After a sign-in with a recovery code, five new guesses are free; wrong passwords stay counted."""
    await ask_for_code(browser, shop)
    for _ in range(4):
        await browser.submit(recovery_code=WRONG)
    await browser.submit(recovery_code=codes[0])
    async with Browser(provider.app, user_agent=CHROME) as other:
        await ask_for_code(other, shop)
        for _ in range(5):
            page = await other.submit(recovery_code=WRONG)
            assert page.status == 200
        assert (await other.submit(recovery_code=WRONG)).status == 429


async def test_few_codes_left_lead_to_new_ones(
    browser: Browser, provider: Provider, lucie: Account, shop: RelyingParty, codes: tuple[str, ...]
) -> None:
    """With two codes left the page has the way to make new ones; the flow's last page is said once."""
    async with provider.wiring.database.writing() as db:
        for code in codes[:7]:
            await recovery_codes.spend_code(db, provider.keys, lucie.id, code=code, now=provider.clock.now())
    await browser.open("/login")
    await browser.submit(username=LUCIE, password=PASSWORD)
    await browser.click("use-recovery-code")
    page = await browser.submit(recovery_code=codes[8])
    assert page.shows("You have 2 recovery codes left.")
    page = await browser.click("make-codes")
    assert page.path == "/account/security/recovery-codes"
    assert page.shows("You have 2 recovery codes left.")


@pytest.mark.requirement("MF-13")
async def test_the_database_holds_no_code(provider: Provider, codes: tuple[str, ...]) -> None:
    """Neither as it is shown nor as it is read stands any of them in a row, an audit event or a message."""
    async with provider.wiring.database.reading() as db:
        dump = " ".join(
            [str(row) for table in metadata.sorted_tables for row in (await db.execute(table.select())).all()],
        )
    assert LUCIE in dump
    for code in codes:
        assert code not in dump
        assert recovery_codes.read_code(code) not in dump


@pytest.mark.requirement("MF-13")
def test_ten_codes_of_seventy_bits() -> None:
    """Ten different codes of fourteen letters of an alphabet of 32, without those that look alike."""
    made = [code for _ in range(50) for code in recovery_codes.new_codes()]
    assert len(recovery_codes.new_codes()) == 10
    assert len(set(made)) == 500
    assert all(
        re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{4}", code) for code in made
    )
    assert len(set("".join(made).replace("-", ""))) == 32
    assert recovery_codes.read_code("oil") == "011"


async def test_codes_that_are_left_do_not_outlive_otp(
    browser: Browser, provider: Provider, lucie: Account, shop: RelyingParty, codes: tuple[str, ...]
) -> None:
    """OTP disabled and set again: the old list is worth nothing."""
    await shop.sign_in(browser, otp=True)
    provider.clock.advance(seconds=30)
    await browser.open("/account/security/otp/disable")
    await browser.submit(password=PASSWORD, code=code_now(OTP_KEY, provider.clock.now()))
    assert await left(provider, lucie) == 0


async def test_a_made_up_memo_shows_no_codes(browser: Browser, provider: Provider, shop: RelyingParty) -> None:
    """What is not sealed for this session is nothing."""
    await shop.sign_in(browser, otp=True)
    page = await browser.open("/login")
    assert page.path == "/account/security"
    device_id = device_id_of(browser.http.cookies["device"])
    flow = Flow.begin(device_id=device_id, now=provider.clock.now())
    url = flow_sealer(provider.wiring).url(
        "/login/recovery-codes", flow.remembering(**{Memo.NEW_RECOVERY_CODES: "made-up"})
    )
    page = await browser.open(url)
    assert page.shows("These codes were shown already")


async def left(provider: Provider, account: Account) -> int:
    """How many codes the account has."""
    async with provider.wiring.database.reading() as db:
        return await recovery_codes.count_codes(db, account.id)
