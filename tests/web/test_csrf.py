"""No state change without proof that the form is ours: every mutating page, every kind of forgery."""

import pytest

from idp.credentials.otp import code_now
from idp.sealing import MasterKeys
from idp.web.csrf import csrf_token
from tests.support.browser import CHROME, Browser
from tests.support.database_digest import digest_of
from tests.support.provider import OTP_KEY, PASSWORD, Provider
from tests.support.registration import fill_in_registration
from tests.support.relying_party import RelyingParty

LUCIE = "lucie@wedos.cz"
FORGERIES: dict[str, tuple[str | None, dict[str, str]]] = {
    "no token": ("", {}),
    "made up": ("device.mac", {}),
    "not ascii": ("é.é", {}),
    "another browser's": ("theirs", {"origin": ""}),
    "foreign origin": (None, {"origin": "https://evil.example"}),
    "origin null": (None, {"origin": "null"}),
    "cross-site": (None, {"sec-fetch-site": "cross-site"}),
    "same-site": (None, {"sec-fetch-site": "same-site"}),
}


async def _forge(browser: Browser, url: str, body: dict[str, str], other: str) -> None:
    """Every forgery of one form."""
    for token, headers in FORGERIES.values():
        forged = dict(body)
        if token is not None:
            forged["csrf"] = other if token == "theirs" else token
        sent = {"origin": browser.base_url} | headers
        answer = await browser.http.post(url, data=forged, headers={k: v for k, v in sent.items() if v})
        assert answer.status_code == 303, (url, answer.status_code)


async def _other_token(provider: Provider) -> str:
    async with Browser(provider.app, user_agent=CHROME) as other:
        page = await other.open("/login")
        return page.forms[0].fields["csrf"]


@pytest.mark.requirement("WE-06")
async def test_no_page_of_the_account_acts_on_a_forged_form(browser: Browser, provider: Provider) -> None:
    """Set OTP, disable OTP, sign out: the database is the same afterwards, byte for byte."""
    await provider.account(otp=True)
    rp = RelyingParty(provider, await provider.client())
    await rp.sign_in(browser, otp=True)
    provider.clock.advance(seconds=30)
    other = await _other_token(provider)
    proof = {"password": PASSWORD, "code": code_now(OTP_KEY, provider.clock.now())}
    page = await browser.open("/logout")
    sign_out, csrf = page.forms[0].action, page.forms[0].fields["csrf"]
    before = await digest_of(provider.wiring.database)
    await _forge(browser, "/account/security/otp", {"csrf": csrf}, other)
    await _forge(browser, "/account/security/otp/disable", {"csrf": csrf} | proof, other)
    await _forge(browser, sign_out, {"csrf": csrf, "decision": "logout"}, other)
    for path in ("/account/security", "/account/security/otp", "/account/security/otp/disable", "/logout", sign_out):
        await browser.http.get(path)
        await browser.http.head(path)
    assert await digest_of(provider.wiring.database) == before


@pytest.mark.requirement("WE-06", "SE-17")
async def test_no_step_of_a_login_acts_on_a_forged_form(browser: Browser, provider: Provider) -> None:
    """Login, OTP code, SMS, number and consent, each where it stands."""
    await provider.account(otp=True, phone_verified=False)
    rp = RelyingParty(provider, await provider.client("acme", first_party=False))
    other = await _other_token(provider)
    page = await browser.open(rp.authorization_url())
    before = await digest_of(provider.wiring.database)
    await _forge(browser, page.url, page.forms[0].fields | {"username": LUCIE, "password": PASSWORD}, other)
    assert await digest_of(provider.wiring.database) == before
    page = await rp.sign_in(browser)
    before = await digest_of(provider.wiring.database)
    code = code_now(OTP_KEY, provider.clock.now())
    await _forge(browser, page.url, page.forms[0].fields | {"code": code}, other)
    assert await digest_of(provider.wiring.database) == before
    page = await browser.submit(code=code)
    assert page.path == "/verify/phone"
    before = await digest_of(provider.wiring.database)
    query, csrf = page.url.partition("?")[2], page.forms[0].fields["csrf"]
    for step in ("send", "change"):
        url = f"/verify/phone/{step}?{query}"
        await _forge(browser, url, {"csrf": csrf, "phone": "+420602111222"}, other)
        await browser.http.get(url)
    assert await digest_of(provider.wiring.database) == before


@pytest.mark.requirement("WE-06")
async def test_no_step_of_a_registration_acts_on_a_forged_form(browser: Browser, provider: Provider) -> None:
    """The form, the code, the resend and the change of the address."""
    other = await _other_token(provider)
    await browser.open("/login")
    page = await browser.click("register")
    before = await digest_of(provider.wiring.database)
    details = {"given_name": "E", "family_name": "N", "email": "eva@example.cz", "phone": "+420602654321"}
    await _forge(browser, page.url, page.forms[0].fields | details | {"password": PASSWORD, "agree": "1"}, other)
    assert await digest_of(provider.wiring.database) == before
    page = await fill_in_registration(browser)
    provider.clock.advance(seconds=61)
    before = await digest_of(provider.wiring.database)
    csrf, query = page.forms[0].fields["csrf"], page.url.partition("?")[2]
    for step in ("", "/send", "/change"):
        body = {"csrf": csrf, "code": "000000", "email": "iva@example.cz"}
        await _forge(browser, f"/verify/email{step}?{query}", body, other)
    assert await digest_of(provider.wiring.database) == before


@pytest.mark.requirement("WE-06")
async def test_consent_and_chooser_act_on_no_forged_form(browser: Browser, provider: Provider) -> None:
    """Nobody else can allow, deny, choose or remove."""
    await provider.account()
    rp = RelyingParty(provider, await provider.client("acme", first_party=False))
    other = await _other_token(provider)
    page = await rp.sign_in(browser)
    assert page.path == "/consent"
    before = await digest_of(provider.wiring.database)
    for decision in ("allow", "deny"):
        await _forge(browser, page.url, page.forms[0].fields | {"decision": decision}, other)
    page = await browser.open(rp.authorization_url(prompt="select_account"))
    button = next(name for name in page.forms[0].buttons if name.startswith("remove="))
    sid = button.partition("=")[2]
    await _forge(browser, page.url, page.forms[0].fields | {"remove": sid}, other)
    assert await digest_of(provider.wiring.database) == before


async def test_another_browsers_token_counts_only_with_our_own_origin(browser: Browser, rp: RelyingParty) -> None:
    """Tabs restored at once hold each other's tokens; the browser's word about the origin is the proof then."""
    other = await _other_token(rp.provider)
    page = await browser.open(rp.authorization_url())
    fields = page.forms[0].fields | {"username": LUCIE, "password": PASSWORD, "csrf": other}
    page = await browser.post(page.url, fields)
    assert "code" in page.query


def test_a_token_is_a_mac_under_the_master_key(master_keys: MasterKeys) -> None:
    """Two devices have two tokens, two installations too."""
    tokens = {csrf_token(keys, device) for keys in (master_keys, MasterKeys(bytes(32))) for device in ("a", "b")}
    assert len(tokens) == 4
