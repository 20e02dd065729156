"""Logout in Chromium: frames that load, a page that goes on, a relying party's page that notices."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.journeys.conftest import TWICE, People
from tests.journeys.surroundings import World
from tests.support.chromium import Person
from tests.support.clock import MovableClock
from tests.support.live import LiveProvider, live

_SETTLED = 15_000
# With an icon of its own the browser asks the application for nothing more, which may be gone by then.
_APP_PAGE = '<!doctype html><html lang=en><link rel=icon href="data:,"><title>App</title>'
# Session Management §3.1: the relying party's own frame, here its page, asks the provider's and shows the answer.
_WATCHING = """<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Watching</title>
<iframe id="op" src="{frame}" title="op"></iframe><output id="answer">waiting</output>
<script>
  addEventListener("message", (event) => {{
    if (event.origin === "{issuer}") document.getElementById("answer").textContent = event.data;
  }});
  window.ask = (message) => document.getElementById("op").contentWindow.postMessage(message, "{issuer}");
</script></html>"""


@dataclass(slots=True)
class Application:
    """A relying party's web server: it notes what it was asked, and serves the pages it was given."""

    origin: str = ""
    asked: list[str] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)


@contextmanager
def application(host: str) -> Iterator[Application]:
    """Listens until the block ends."""
    found = Application()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            body = found.pages.get(urlsplit(self.path).path, _APP_PAGE).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing is written to the test's output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.origin = f"http://{host}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def sign_in(live_provider: LiveProvider, person: Person, client_id: str, redirect_uri: str) -> dict[str, list[str]]:
    """The parameters of the answer."""
    request = {
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": "openid",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    person.goto(f"{live_provider.issuer}/authorize?{urlencode(request)}")
    if urlsplit(person.page.url).path == "/login":
        email, password = live_provider.account
        person.fill(username=email, password=password)
        person.press("login-submit")
    person.page.wait_for_url(f"{redirect_uri}?*", timeout=_SETTLED)
    return parse_qs(urlsplit(person.page.url).query)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "noscript"])
def test_frames_load_and_the_page_goes_on(live_provider: LiveProvider, people: People, scripts: bool) -> None:
    """Two applications hear through their frames, and the person arrives where the logout was to end."""
    person = people(scripts=scripts)
    with application("127.0.0.1") as shop, application("127.0.0.1") as bank:
        for name, app in (("one", shop), ("two", bank)):
            live_provider.client(
                name,
                client_name=name.title(),
                redirect_uris=[f"{app.origin}/cb"],
                post_logout_redirect_uris=[f"{app.origin}/bye"],
                frontchannel_logout_uri=f"{app.origin}/out",
            )
            sign_in(live_provider, person, name, f"{app.origin}/cb")
        bye = {"client_id": "one", "post_logout_redirect_uri": f"{shop.origin}/bye", "state": "s"}
        person.goto(f"{live_provider.issuer}/logout?{urlencode(bye)}")
        person.at("/logout")
        person.press("logout-confirm")
        person.page.wait_for_url(f"{shop.origin}/bye?state=s", timeout=_SETTLED)
        for app in (shop, bank):
            (frame,) = [path for path in app.asked if path.startswith("/out?")]
            query = parse_qs(urlsplit(frame).query)
            assert query["iss"] == [live_provider.issuer]
            assert set(query) == {"iss", "sid"}


@TWICE
def test_the_portal_hears_of_a_logout_in_another_tab(world: World, person: Person) -> None:
    """Signed out at the provider's own page, the person is signed out of the portal, which says so once."""
    world.clock.advance(seconds=300)  # the portal looks at the machine's clock
    world.sign_in(person, *world.live.account)
    world.at_portal(person)
    tab = person.new_tab(f"{world.issuer}/logout")
    assert "Global client portal" in tab.at("/logout").inner_text("main")
    tab.press("logout-confirm")
    tab.at("/logged-out")
    assert tab.page.locator(".note").count() == 0
    person.page.reload()
    world.at_portal(person, "/")
    words = {"en": "You were signed out of Keygate.", "cs": "Z Keygate jste byli odhlášeni."}
    assert person.page.inner_text("#signed-out-elsewhere") == words[person.locale]
    person.page.reload()
    assert person.page.locator("#signed-out-elsewhere").count() == 0
    world.sign_in(person, *world.live.account)
    world.at_portal(person)


@pytest.mark.requirement("OC-38")
def test_a_page_of_another_origin_notices_the_logout(
    sqlite_url: str, tmp_path: Path, clock: MovableClock, people: People
) -> None:
    """§3.3: unchanged while the login lasts, changed after the logout in another tab; error for what is no message."""
    person = people()
    with (
        live(sqlite_url, tmp_path / "var", clock, session_management=True) as provider,
        application("localhost") as app,
    ):
        provider.client("watcher", redirect_uris=[f"{app.origin}/cb"])
        app.pages["/watch"] = _WATCHING.format(frame=f"{provider.issuer}/check-session", issuer=provider.issuer)
        (state,) = sign_in(provider, person, "watcher", f"{app.origin}/cb")["session_state"]
        person.goto(f"{app.origin}/watch")

        def answer_to(message: str) -> str:
            person.page.evaluate("document.getElementById('answer').textContent = 'waiting'")
            person.page.evaluate("message => window.ask(message)", message)
            person.page.wait_for_function("document.getElementById('answer').textContent !== 'waiting'")
            return person.page.inner_text("#answer")

        assert answer_to(f"watcher {state}") == "unchanged"
        assert answer_to(f"other {state}") == "changed"
        for broken in ("", "watcher", f"watcher {state} more", "watcher nonsense.salt"):
            assert answer_to(broken) == "error"
        tab = person.new_tab(f"{provider.issuer}/logout")
        tab.press("logout-confirm")
        assert answer_to(f"watcher {state}") == "changed"
