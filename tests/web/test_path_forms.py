"""Addresses in every other spelling: none of them serves what its plain form does not, to nobody."""

from urllib.parse import unquote

import pytest

from idp.web.pages import STATIC
from tests.endpoints.test_permissions import ROWS, Row
from tests.support.asgi import Answer, call, http_scope
from tests.support.browser import FIREFOX, Browser
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

_HEADERS = [("host", "localhost:8000"), ("user-agent", FIREFOX), ("accept", "text/html")]
_PERSONAL = sorted(path for path, row in ROWS.items() if row is Row.SIGNED_IN)
_OF_THE_DESK = sorted(path for path, row in ROWS.items() if row is Row.DESK and "{" not in path)


def spellings(path: str) -> list[str]:
    """What a proxy, a framework or a file system might take for the same address."""
    head, _, tail = path.rpartition("/")
    return [
        *(f"/{path}", f"{path.replace('/', '//')}//", f"{head}/./{tail}", f"/login/..{path}", f"{head}/x/../{tail}"),
        *(f"{path}/", f"{path}.", f"{path};x", f"{path};jsessionid=1", f"{path}%00", f"{path}%20", f"{path}%0a"),
        *(path.upper(), path.title(), f"{head}%2f{tail}", f"{head}%5c{tail}", f"/%2e{path}", f"/x/%2e%2e{path}"),
        *(f"{head}/%{ord(tail[0]):02x}{tail[1:]}", f"{head}/%25{ord(tail[0]):02x}{tail[1:]}", f"{head}\\{tail}"),
    ]  # fmt: skip


async def ask(provider: Provider, raw: str, cookie: str = "", **headers: str) -> Answer:
    """As the server hands it over: the path decoded once, the query apart."""
    given = [*_HEADERS, *headers.items(), *([("cookie", cookie)] if cookie else [])]
    scope = http_scope("GET", raw, given)
    scope["path"] = unquote(scope["path"])
    return await call(provider.app, scope)


async def cookie_of(browser: Browser, rp: RelyingParty) -> str:
    """Of a customer who has signed in."""
    await rp.sign_in(browser)
    return "; ".join(f"{each.name}={each.value}" for each in browser.http.cookies.jar)


@pytest.mark.requirement("WE-20")
@pytest.mark.parametrize("path", [*_PERSONAL, *_OF_THE_DESK])
async def test_no_spelling_lets_a_stranger_in(provider: Provider, path: str) -> None:
    """Nobody is signed in: each form leads to the login page, or nowhere."""
    for raw in (path, *spellings(path)):
        answer = await ask(provider, raw)
        assert answer.status in {303, 400, 404, 405}, raw


@pytest.mark.requirement("WE-20")
async def test_no_spelling_lets_a_customer_to_the_desk(provider: Provider, browser: Browser, rp: RelyingParty) -> None:
    """The pages of support do not exist for a customer, however they are written."""
    cookie = await cookie_of(browser, rp)
    for path in _OF_THE_DESK:
        for raw in (path, *spellings(path)):
            assert (await ask(provider, raw, cookie)).status in {400, 404, 405}, raw


@pytest.mark.requirement("WE-20", "WE-11")
async def test_a_page_has_one_address(provider: Provider, browser: Browser, rp: RelyingParty) -> None:
    """Signed in, one is served by it alone, encoded or not: no other may be what a cache in between keeps."""
    cookie = await cookie_of(browser, rp)
    own = await ask(provider, "/account/security", cookie)
    assert own.status == 200
    for raw in spellings("/account/security"):
        answer = await ask(provider, raw, cookie)
        assert (answer.status == 200) is (unquote(raw) == "/account/security"), raw
        assert answer.status in {200, 400, 404}, raw
        assert answer.header("cache-control") == "no-store", raw


@pytest.mark.requirement("WE-11")
@pytest.mark.parametrize("ending", ["/x.css", ";x.js", ".css", "%2fx.png", "/..%2fx.css", "%3fx.css", "%23x.css"])
async def test_no_private_page_ends_as_a_file_does(
    provider: Provider, browser: Browser, rp: RelyingParty, ending: str
) -> None:
    """Whoever sends a customer there gets nothing into a shared cache."""
    cookie = await cookie_of(browser, rp)
    for path in ("/account/security", "/account/requests", "/userinfo", "/login"):
        answer = await ask(provider, path + ending, cookie)
        assert (answer.status, answer.header("cache-control")) == (404, "no-store"), path


@pytest.mark.requirement("WE-21")
@pytest.mark.parametrize(
    "rest",
    [
        *("../settings.py", "%2e%2e/settings.py", "..%2fsettings.py", "%2e%2e%2fsettings.py", "..%5csettings.py"),
        *("altcha/../../settings.py", "/etc/passwd", "%2fetc/passwd", "app.css/../../settings.py", "....//settings.py"),
        *("%252e%252e/settings.py", "app.css%00", "app.css%00.txt", ".", "..", "", "altcha", "altcha/", "a" * 5000),
    ],
)
async def test_nothing_but_its_files_is_static(provider: Provider, rest: str) -> None:
    """No source, no file of the system, no list of a folder; and no failure of ours."""
    answer = await ask(provider, f"/static/{rest}")
    assert answer.status in {400, 404, 405, 414}
    assert b"import " not in answer.body
    assert b"root:" not in answer.body


@pytest.mark.requirement("WE-21")
@pytest.mark.parametrize("ranges", ["bytes=0-9", "bytes=" + ",".join(["0-"] * 1000), "bytes=" + "1-" * 3000])
async def test_a_file_is_sent_whole_or_not_at_all(provider: Provider, ranges: str) -> None:
    """A thousand ranges of a file cost a thousand times its size; these are small enough to need none."""
    answer = await ask(provider, "/static/app.css", range=ranges)
    assert (answer.status, answer.header("accept-ranges")) == (200, "none")
    assert answer.body == (STATIC / "app.css").read_bytes()
