"""More passwords than can be hashed: the rest is told at once when to come back, and nothing else is held up."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import pytest

from idp.credentials.otp import code_now
from idp.credentials.password_hashing import PasswordHasher, Verified
from idp.interaction.attempts import FAILURES_BEFORE_CAPTCHA
from tests.interaction.prompts.test_enroll_otp import OTP, key_on
from tests.support.browser import Browser, Page
from tests.support.calls import post, secret_of
from tests.support.captcha import solved
from tests.support.counted import counted, rises
from tests.support.provider import OTP_KEY, PASSWORD, Provider
from tests.support.queries import counting
from tests.support.recovery import open_form
from tests.support.relying_party import RelyingParty

NEW = "six loud rivers over stone"
LUCIE, OLGA, PETR = "lucie@wedos.cz", "olga@wedos.cz", "petr@wedos.cz"
TOLD = {
    "en": "Many people are signing in right now. Try again in 1 second.",
    "cs": "Právě se přihlašuje mnoho lidí. Zkuste to znovu za 1 sekundu.",
}


class _HeldHasher(PasswordHasher):
    """The real one, which waits before each verification while `gate` is closed."""

    gate: Event
    waits: Event

    def _compare(self, stored: str | None, password: str) -> Verified:
        self.waits.set()
        assert self.gate.wait(60)
        return super()._compare(stored, password)


@dataclass(slots=True)
class Flood:
    """Strangers whose passwords take all places of the pool, from `begins` to `ends`."""

    hasher: _HeldHasher
    logins: list[asyncio.Task[Verified]] = field(default_factory=list)

    async def begins(self) -> None:
        self.hasher.gate.clear()
        self.logins = [asyncio.create_task(self.hasher.verify(None, "a guess")) for _ in range(2)]
        await asyncio.sleep(0)  # each runs up to where it waits for its thread
        assert self.hasher.waiting == 2

    async def ends(self) -> None:
        self.hasher.gate.set()
        await asyncio.gather(*self.logins)


@pytest.fixture
async def flood(provider: Provider) -> AsyncIterator[Flood]:
    """Not yet begun: a pool of one thread and a queue of one."""
    settings = provider.wiring.settings
    provider.wiring.hasher.close()
    hasher = _HeldHasher(threads=1, queue=1, memory_kib=settings.argon2_memory_kib, passes=settings.argon2_passes)
    hasher.gate, hasher.waits = Event(), Event()
    hasher.gate.set()
    provider.wiring.hasher = hasher
    found = Flood(hasher)
    yield found
    await found.ends()


Way = Callable[[Browser, Provider, RelyingParty], Awaitable[dict[str, Any]]]


async def _login(browser: Browser, _: Provider, rp: RelyingParty) -> dict[str, Any]:
    await browser.open(rp.authorization_url())
    return {"username": LUCIE, "password": PASSWORD}


async def _registration(browser: Browser, _: Provider, __: RelyingParty) -> dict[str, Any]:
    await browser.open("/login")
    page = await browser.click("register")
    details = {"given_name": "Eva", "family_name": "Nová", "email": "eva@example.cz", "phone": "+420602654321"}
    return {**details, "password": NEW, "agree": "1", **solved(page)}


async def _recovery(browser: Browser, provider: Provider, _: RelyingParty) -> dict[str, Any]:
    await open_form(browser, provider)
    return {"new_password": NEW, "new_password_again": NEW}


async def _change_of_password(browser: Browser, _: Provider, rp: RelyingParty) -> dict[str, Any]:
    await rp.sign_in(browser)
    await browser.open("/account/security/password")
    return {"password": PASSWORD, "new_password": NEW}


async def _confirmation(browser: Browser, provider: Provider, rp: RelyingParty) -> dict[str, Any]:
    await rp.sign_in(browser)
    provider.clock.advance(minutes=10)
    await browser.open("/account/confirm?next=/account/phone")
    return {"password": PASSWORD}


async def _set_up_of_otp(browser: Browser, provider: Provider, rp: RelyingParty) -> dict[str, Any]:
    await rp.sign_in(browser)
    await browser.open("/account/security")
    page = await browser.submit(button="set-otp")
    return {"password": PASSWORD, "code": code_now(key_on(page), provider.clock.now())}


async def _set_up_of_otp_at_login(browser: Browser, provider: Provider, rp: RelyingParty) -> dict[str, Any]:
    await rp.sign_in(browser)
    await browser.open(rp.authorization_url(acr_values=OTP))
    page = await browser.submit(button="set-otp")
    return {"password": PASSWORD, "code": code_now(key_on(page), provider.clock.now())}


async def _end_of_otp(browser: Browser, provider: Provider, rp: RelyingParty) -> dict[str, Any]:
    return await _with_otp(browser, provider, rp, "/account/security/otp/disable")


async def _recovery_codes(browser: Browser, provider: Provider, rp: RelyingParty) -> dict[str, Any]:
    return await _with_otp(browser, provider, rp, "/account/security/recovery-codes")


async def _with_otp(browser: Browser, provider: Provider, rp: RelyingParty, path: str) -> dict[str, Any]:
    await provider.account(OLGA, otp=True)
    await rp.sign_in(browser, OLGA, otp=True)
    provider.clock.advance(seconds=30)
    await browser.open(path)
    return {"password": PASSWORD, "code": code_now(OTP_KEY, provider.clock.now())}


async def _correction_of_a_number(browser: Browser, provider: Provider, rp: RelyingParty) -> dict[str, Any]:
    await provider.account(PETR, phone_verified=False)
    await rp.sign_in(browser, PETR)
    provider.clock.advance(minutes=9)
    await browser.click("change-phone")
    return {"phone": "+420603111222", "password": PASSWORD}


WAYS: dict[str, Way] = {
    "login": _login,
    "registration": _registration,
    "recovery": _recovery,
    "change of password": _change_of_password,
    "confirmation": _confirmation,
    "set-up of OTP": _set_up_of_otp,
    "set-up of OTP at login": _set_up_of_otp_at_login,
    "end of OTP": _end_of_otp,
    "recovery codes": _recovery_codes,
    "correction of a number": _correction_of_a_number,
}


@pytest.mark.requirement("DS-04", "PW-11")
@pytest.mark.parametrize(("way", "language"), [*((way, "en") for way in WAYS), ("login", "cs"), ("recovery", "cs")])
async def test_whoever_finds_no_room_is_told_when_to_come_back(
    provider: Provider, browser: Browser, rp: RelyingParty, flood: Flood, way: str, language: str
) -> None:
    """503, `Retry-After` and a sentence on the form's own page; nothing was written, and a moment later it works."""
    browser.http.headers["accept-language"] = language
    typed = await WAYS[way](browser, provider, rp)
    assert browser.page is not None
    form_path = browser.page.path
    await flood.begins()
    with counting(provider.wiring.database) as asked, rises("idp_password_hashing_refused_total"):
        page = await browser.submit(**typed)
    assert (page.path, page.status, page.headers["retry-after"]) == (form_path, 503, "1")
    assert page.shows(TOLD[language])
    assert not {"INSERT", "UPDATE", "DELETE"} & asked.verbs.keys()
    await flood.ends()
    page = await _send_again(browser, page, typed)
    assert not page.has_error, page.text[-2000:]


async def _send_again(browser: Browser, page: Page, typed: dict[str, Any]) -> Page:
    """Types again only what the page has forgotten."""
    kept = {name for name, value in browser.form(*typed).fields.items() if value}
    missing = {name: value for name, value in typed.items() if name not in kept and name != "captcha"}
    return await browser.submit(**missing, **(solved(page) if "captcha" in typed else {}))


@pytest.mark.requirement("DS-04", "PW-11")
async def test_refusals_count_no_attempt(browser: Browser, rp: RelyingParty, flood: Flood) -> None:
    """However often the pool was full: the account does not wait, no CAPTCHA is asked for, the name stays typed."""
    await browser.open(rp.authorization_url())
    await flood.begins()
    for _ in range(12):
        page = await browser.submit(username=LUCIE, password=PASSWORD)
        assert page.status == 503
        assert browser.form("username").fields["username"] == LUCIE
    await flood.ends()
    page = await browser.submit(password=PASSWORD)
    assert "code" in page.query


@pytest.mark.requirement("DS-04", "PW-16")
async def test_whoever_solves_captchas_goes_on_solving(
    provider: Provider, browser: Browser, rp: RelyingParty, flood: Flood
) -> None:
    """Who had a CAPTCHA has one on the page that says to come again; who had none meets it when there is room."""
    async with Browser(provider.app, address="192.0.2.7") as stranger:
        await stranger.open(rp.authorization_url())
        await browser.open(rp.authorization_url())
        for _ in range(FAILURES_BEFORE_CAPTCHA):
            await browser.submit(username=LUCIE, password="not the password")
        await flood.begins()
        for visitor in (browser, stranger):
            page = await visitor.submit(username=LUCIE, password=PASSWORD)
            assert page.status == 503
        assert browser.form("captcha").challenge
        assert "captcha" not in stranger.form("username").names
        await flood.ends()
        await stranger.submit(password=PASSWORD)
        assert stranger.form("captcha").challenge
        assert "code" in (await browser.submit(password=PASSWORD)).query


@pytest.mark.requirement("DS-04")
async def test_a_place_is_held_for_the_password_and_its_new_hash(
    provider: Provider, browser: Browser, rp: RelyingParty, flood: Flood
) -> None:
    """Whoever got in is not sent away between the check of the old password and the hash of the new one."""
    typed = await _change_of_password(browser, provider, rp)
    flood.hasher.gate.clear()
    flood.hasher.waits.clear()
    change = asyncio.create_task(browser.submit(**typed))
    assert await asyncio.to_thread(flood.hasher.waits.wait, 60)
    stranger = asyncio.create_task(flood.hasher.verify(None, "a guess"))
    await asyncio.sleep(0)
    assert flood.hasher.waiting == 2
    flood.hasher.gate.set()
    assert (await change).path == "/account/security"
    await stranger
    assert flood.hasher.waiting == 0


@pytest.mark.requirement("DS-04", "DS-12")
async def test_tokens_do_not_wait_for_passwords(
    provider: Provider, browser: Browser, rp: RelyingParty, flood: Flood
) -> None:
    """While every place is taken: codes, refreshes, introspection, UserInfo, a client's own token, keys and pages."""
    robot = await provider.client("robot", application_type="service", scope="api.read")
    tokens = await rp.tokens(browser)
    code = (await browser.open(rp.authorization_url())).query["code"]
    await flood.begins()
    assert counted("idp_password_hashing_waiting") >= 2
    assert (await rp.redeem(code)).status_code == 200
    assert (await rp.refresh(tokens["refresh_token"])).status_code == 200
    assert (await rp.introspect(tokens["access_token"]))["active"] is True
    assert (await rp.userinfo(tokens["access_token"])).status_code == 200
    assert (await post(provider, "/token", {"grant_type": "client_credentials"}, secret_of(robot))).status == 200
    for path in ("/jwks", "/ready", "/login", "/account/security"):
        assert (await browser.open(path)).status == 200
    assert flood.hasher.waiting == 2  # and nobody has been let in meanwhile
