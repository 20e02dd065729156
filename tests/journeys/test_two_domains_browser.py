"""The provider as it ships, over TLS, and a relying party at another registrable domain that redirects onward."""

import asyncio
import datetime
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from playwright.sync_api import Browser
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from idp.settings import Mode
from idp.web.listening import bind
from tests.journeys.surroundings import serve
from tests.support.chromium import Examiner, Person, headers_of, open_chromium, person_at
from tests.support.clock import MovableClock
from tests.support.live import LiveProvider, live
from tests.support.relying_party import RelyingParty

ISSUER = "https://login.idp-test.example"
APP = "https://app.rp-test.example"
THIRD = "https://www.third-test.example"
_A_YEAR = 365 * 24 * 3600


@dataclass(slots=True)
class Abroad:
    """The three sites, as one Chromium finds them."""

    provider: LiveProvider
    chromium: Browser
    examiner: Examiner
    callback_headers: list[dict[str, str]]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Self-made, for all three sites; Chromium is told to take it."""
    directory = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "journeys")])
    hosts = [x509.DNSName(str(urlsplit(each).hostname)) for each in (ISSUER, APP, THIRD)]
    begin = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .sign(key, hashes.SHA256())
    )
    (directory / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (directory / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return directory / "cert.pem", directory / "key.pem"


@contextmanager
def tls_in_front_of(port: int, certificate: tuple[Path, Path]) -> Iterator[int]:
    """Ends TLS and passes the bytes on, as a proxy in front of the provider does; the port to connect to."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    listener = bind("127.0.0.1", 0)
    loop = asyncio.new_event_loop()

    async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                target.write(data)
                await target.drain()
        except (ConnectionError, ssl.SSLError):
            pass
        finally:
            target.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(copy(reader, inner_writer), copy(inner_reader, writer))

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.set_exception_handler(lambda *_: None)  # a browser that hangs up is no event
        loop.run_until_complete(asyncio.start_server(connected, sock=listener, ssl=context))
        loop.run_forever()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        listener.close()


def relying_party(provider: LiveProvider, rp: RelyingParty, seen: list[dict[str, str]]) -> Starlette:
    """Redeems the code at its callback and sends the browser to a third site; also the page that tries to frame us."""

    async def start(_: Request) -> Response:
        return RedirectResponse(ISSUER + rp.authorization_url(), 303)

    async def callback(request: Request) -> Response:
        seen.append(dict(request.headers))
        redemption = asyncio.run_coroutine_threadsafe(rp.redeem(request.query_params["code"]), provider.loop)
        answer = await asyncio.wrap_future(redemption)
        return RedirectResponse(f"{THIRD}/arrived?status={answer.status_code}", 302)

    async def arrived(_: Request) -> Response:
        return HTMLResponse("<!doctype html><html lang=en><title>Third</title><h1>Arrived</h1>")

    async def frame(_: Request) -> Response:
        return HTMLResponse(f"<!doctype html><html lang=en><title>F</title><iframe src='{ISSUER}/login'></iframe>")

    pages: dict[str, Callable[[Request], Any]] = {
        "/start": start,
        "/callback": callback,
        "/arrived": arrived,
        "/frame": frame,
    }
    return Starlette(routes=[Route(path, page) for path, page in pages.items()])


@pytest.fixture
def abroad(
    sqlite_url: str,
    tmp_path: Path,
    clock: MovableClock,
    certificate: tuple[Path, Path],
    chromium_path: Path,
    examiner: Examiner,
) -> Iterator[Abroad]:
    """Everything served, and a Chromium that resolves the three names."""
    with ExitStack() as stack:
        found = stack.enter_context(live(sqlite_url, tmp_path / "var", clock, issuer=ISSUER, mode=Mode.PRODUCTION))
        client = found.client("abroad", redirect_uris=[f"{APP}/callback"], client_uri=f"{APP}/start")
        seen: list[dict[str, str]] = []
        listener = bind("127.0.0.1", 0)
        app = relying_party(found, RelyingParty(found.provider, client), seen)
        tls = {"ssl_certfile": str(certificate[0]), "ssl_keyfile": str(certificate[1])}
        stack.enter_context(serve(app, listener, **tls))
        entrance = stack.enter_context(tls_in_front_of(found.port, certificate))
        rules = ",".join(
            f"MAP {urlsplit(site).hostname} 127.0.0.1:{port}"
            for site, port in ((ISSUER, entrance), (APP, listener.getsockname()[1]), (THIRD, listener.getsockname()[1]))
        )
        chromium = stack.enter_context(
            open_chromium(chromium_path, f"--host-resolver-rules={rules}", "--ignore-certificate-errors")
        )
        yield Abroad(found, chromium, examiner, seen)


def check_answers(person: Person) -> None:
    """What every answer of the provider carried on this journey."""
    own = [answer for answer in person.answers if answer.url.startswith(ISSUER)]
    assert len(own) > 5
    for answer in own:
        headers = headers_of(answer)
        hsts = headers["strict-transport-security"]
        assert int(hsts.partition("max-age=")[2].partition(";")[0]) >= _A_YEAR, answer.url
        assert "includeSubDomains" in hsts
        assert headers["referrer-policy"] == "same-origin", answer.url
        assert headers["x-content-type-options"] == "nosniff"
        if headers.get("content-type", "").startswith("text/html"):
            policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; ") if " " in part)
            assert policy["script-src"] == policy["form-action"] == "'self'"
            assert policy["frame-ancestors"] == policy["base-uri"] == policy["default-src"] == "'none'"
            assert headers["cache-control"] == "no-store"


def check_resources(person: Person) -> None:
    """Everything that the page in view loads is our own."""
    loaded = person.page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    assert loaded
    assert [name for name in loaded if not name.startswith(f"{ISSUER}/")] == []


@pytest.mark.requirement("WE-01", "WE-03", "WE-13", "SE-04", "AZ-13")
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "noscript"])
def test_login_arrives_at_a_third_origin(abroad: Abroad, *, scripts: bool) -> None:
    """The form's way over `/continue` is not stopped by form-action; cookies are `__Host-`, and nothing leaks."""
    email, password = abroad.provider.account
    with person_at(abroad.chromium, abroad.examiner, scripts=scripts) as person:
        person.goto(f"{APP}/start")
        person.at("/login", host="login.idp-test.example")
        check_resources(person)
        person.fill(username=email, password="wrong, to begin with")
        person.press("login-submit")
        person.at("/login")
        person.fill(username=email, password=password)
        person.press("login-submit")
        person.at("/arrived", host="www.third-test.example", look=False)
        assert person.page.url.endswith("status=200")
        # The second time no form stands in between, and nobody is asked.
        person.goto(f"{APP}/start")
        person.at("/arrived", host="www.third-test.example", look=False)
        person.goto(f"{ISSUER}/account/security")
        person.at("/account/security")
        check_resources(person)
        cookies = [each for each in person.context.cookies() if "idp-test" in each["domain"]]
        assert {each["name"] for each in cookies} == {"__Host-device", "__Host-session"}
        for each in cookies:
            flags = (each["domain"], each["path"], each["secure"], each["httpOnly"], each["sameSite"])
            assert flags == ("login.idp-test.example", "/", True, True, "Lax")
        check_answers(person)
    assert len(abroad.callback_headers) == 2
    assert all("referer" not in headers for headers in abroad.callback_headers)


@pytest.mark.requirement("WE-02")
def test_pages_cannot_be_framed(abroad: Abroad) -> None:
    """Chromium refuses to show the login page inside somebody else's."""
    with person_at(abroad.chromium, abroad.examiner) as person:
        with person.page.expect_console_message(lambda message: message.type == "error"):
            person.goto(f"{APP}/frame")
        (frame,) = person.page.main_frame.child_frames
        # The complaint may come before the error page that takes the frame's place.
        frame.wait_for_url(lambda url: url.startswith("chrome-error:"), wait_until="commit")
        person.expect_complaint("frame-ancestors", "X-Frame-Options")
