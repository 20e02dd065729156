"""Cookies: their attributes wherever they are set, and what becomes of broken, foreign and tossed ones."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.responses import Response

from idp.sessions.table import browser_sessions
from idp.web.cookies import DEVICE, LANGUAGE, SESSION, Cookies
from tests.support.browser import Browser
from tests.support.clock import MovableClock
from tests.support.provider import PASSWORD, Provider, running_provider, test_settings
from tests.support.relying_party import RelyingParty

LUCIE = "lucie@wedos.cz"
ISSUER = "https://login.example"


@pytest.fixture
async def secure_provider(sqlite_url: str, tmp_path: Path, clock: MovableClock) -> AsyncIterator[Provider]:
    """A provider that browsers reach over https."""
    async with running_provider(test_settings(sqlite_url, tmp_path / "var", issuer=ISSUER), clock) as provider:
        yield provider


class _Recorder:
    """Every Set-Cookie header of one browser."""

    def __init__(self, browser: Browser) -> None:
        self.headers: list[str] = []
        browser.http.event_hooks["response"] = [self._record]

    async def _record(self, response: httpx.Response) -> None:
        self.headers += response.headers.get_list("set-cookie")


@pytest.mark.requirement("SE-04")
async def test_every_cookie_is_host_only_secure_and_hidden_from_scripts(secure_provider: Provider) -> None:
    """Through login, language, logout and a violation: `__Host-`, Secure, HttpOnly, SameSite=Lax, Path=/, no Domain."""
    await secure_provider.account()
    rp = RelyingParty(secure_provider, await secure_provider.client())
    async with Browser(secure_provider.app, base_url=ISSUER) as browser:
        recorder = _Recorder(browser)
        await browser.open("/login?lang=cs")
        page = await browser.open(rp.authorization_url())
        page = await browser.submit(username=LUCIE, password=PASSWORD, remember="1")
        assert "code" in page.query
        await browser.open("/logout")
        await browser.submit(button="logout-confirm")
    names = {header.partition("=")[0] for header in recorder.headers}
    assert names == {"__Host-device", "__Host-session", "__Host-lang"}
    for header in recorder.headers:
        attributes = {part.strip().lower() for part in header.split(";")[1:]}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= attributes
        assert not any(attribute.startswith("domain") for attribute in attributes)


@pytest.mark.requirement("WE-22")
async def test_thirty_tabs_fill_no_cookie(secure_provider: Provider) -> None:
    """Each begins a request of its own, in one browser: its cookies stay few and small, and any tab can sign in."""
    await secure_provider.account()
    rp = RelyingParty(secure_provider, await secure_provider.client())
    async with Browser(secure_provider.app, base_url=ISSUER) as browser:
        tabs = [await browser.open(rp.authorization_url(state=f"tab{number}")) for number in range(30)]
        page = await browser.post(tabs[7].url, tabs[7].forms[0].fields | {"username": LUCIE, "password": PASSWORD})
        assert page.query["state"] == "tab7"
        assert "code" in page.query
        cookies = {cookie.name: cookie.value or "" for cookie in browser.http.cookies.jar}
    assert len(cookies) <= 3
    assert sum(len(name) + len(value) + 3 for name, value in cookies.items()) < 4096


@pytest.mark.requirement("SE-05")
async def test_a_cookie_of_a_sibling_domain_is_not_ours(secure_provider: Provider) -> None:
    """An unprefixed copy, and a hundred junk cookies around it, change nothing."""
    await secure_provider.account()
    rp = RelyingParty(secure_provider, await secure_provider.client())
    async with Browser(secure_provider.app, base_url=ISSUER) as attacker:
        await rp.sign_in(attacker)
        secret = attacker.http.cookies["__Host-session"]
    async with Browser(secure_provider.app, base_url=ISSUER) as victim:
        tossed = f"session={secret}; Host-session={secret}; __host-session={secret}; " + "; ".join(
            f"junk{number}=x" for number in range(100)
        )
        answer = await victim.http.get("/account/security", headers={"cookie": tossed})
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login")


@pytest.mark.requirement("SE-19", "SE-02")
@pytest.mark.parametrize("case", ["cut", "flipped", "base64", "long", "chosen", "dots", "bytes", "empty"])
async def test_a_broken_session_cookie_means_nobody(
    browser: Browser, provider: Provider, rp: RelyingParty, case: str
) -> None:
    """Never a 500, never somebody; and no value that a client made up becomes a session."""
    await rp.sign_in(browser)
    good = browser.http.cookies["session"]
    value = {
        "cut": good[:-1],
        "flipped": ("A" if good[0] != "A" else "B") + good[1:],
        "base64": "eyJhbGciOiJub25lIn0=",
        "long": "A" * 4096,
        "chosen": secrets.token_urlsafe(32),
        "dots": "." * 500,
        "bytes": "\x01\x7f\xff\xfe",
        "empty": "",
    }[case]
    async with Browser(provider.app) as other:
        for path in ("/account/security", "/", "/session/status", f"/login?session={good}&sid={good}"):
            cookie = f"session={value}".encode("latin-1")
            answer = await other.http.get(path, headers=[(b"cookie", cookie), (b"x-session-id", good.encode())])
            assert answer.status_code in {200, 303}
            assert LUCIE not in answer.text
            assert answer.text != "active"
            assert value not in str(answer.headers.get_list("set-cookie")) or not value
        other.set_cookie("session", value if case == "chosen" else "x")
        page = await rp.sign_in(other)
        assert "code" in page.query
        assert other.http.cookies["session"] != value


@pytest.mark.parametrize("has_tls", [True, False])
@pytest.mark.parametrize("max_age", [None, 0, 60, 365 * 24 * 3600])
@pytest.mark.parametrize(
    "value",
    [
        "7ajZMGV8mGFb0KO6as5YxZamndSD7Ih6_-xTTh3o1aa",
        "a.b-c_D",
        "cs",
        "0" * 32,
        "",
        "a b",
        'a"b',
        "a;b",
        "a=b",
        "a\n",
        "é",
    ],
)
def test_a_cookie_is_written_as_starlette_writes_it(value: str, max_age: int | None, *, has_tls: bool) -> None:
    """Byte for byte, whether its line is put together from what is remembered or made anew."""
    for name in (DEVICE, SESSION, LANGUAGE):
        ours, theirs, cookies = Response(), Response(), Cookies(has_tls)
        full = cookies.full_name(name)
        theirs.set_cookie(full, value, max_age=max_age, path="/", secure=has_tls, httponly=True, samesite="lax")
        cookies.set(ours, name, value, max_age=max_age)
        assert ours.raw_headers == theirs.raw_headers


@pytest.mark.requirement("SE-03")
async def test_the_database_holds_no_session_secret(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """What stands there opens no session: it is a digest."""
    await rp.sign_in(browser)
    secret = browser.http.cookies["session"]
    assert len(secret) == 43
    async with provider.wiring.database.reading() as db:
        (row,) = (await db.execute(browser_sessions.select())).all()
    assert secret not in str(row)
    async with Browser(provider.app) as thief:
        for stolen in (row.secret_digest, row.id):
            thief.set_cookie("session", stolen)
            assert (await thief.open("/account/security")).path == "/login"


async def test_a_plain_session_ends_with_the_browser(browser: Browser, rp: RelyingParty) -> None:
    """Remembered, the cookie lives for thirty days; the device's for a year."""
    recorder = _Recorder(browser)
    await browser.open("/login")
    await browser.submit(username=LUCIE, password=PASSWORD)
    await browser.open(rp.authorization_url(prompt="login"))
    async with Browser(rp.provider.app) as other:
        remembered = _Recorder(other)
        await other.open("/login")
        await other.submit(username=LUCIE, password=PASSWORD, remember="1")
    session = next(header for header in recorder.headers if header.startswith("session="))
    assert "max-age" not in session.lower()
    session = next(header for header in remembered.headers if header.startswith("session="))
    assert "Max-Age=2592000" in session
    device = next(header for header in recorder.headers if header.startswith("device="))
    assert "Max-Age=31536000" in device
