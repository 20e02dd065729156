"""What every page's request brings along: whose word about the host, the address and the device is taken."""

import re

import pytest
from starlette.requests import Request

from idp.web.scope import address_of
from tests.support.browser import Browser
from tests.support.provider import Provider
from tests.support.registration import EVA, fill_in_registration, newest, register
from tests.support.relying_party import RelyingParty

FORGED = {
    "x-forwarded-host": "evil.example",
    "x-forwarded-proto": "https",
    "x-forwarded-port": "8443",
    "x-forwarded-for": "198.51.100.1",
    "forwarded": "host=evil.example;proto=https;for=198.51.100.1",
    "x-original-url": "https://evil.example/",
    "x-rewrite-url": "/evil",
    "x-host": "evil.example",
}


@pytest.mark.requirement("RC-01")
async def test_no_header_changes_a_mailed_link(browser: Browser, provider: Provider) -> None:
    """Every message of a registration and of a resend names the configured issuer, and nothing else."""
    await provider.account("lucie@wedos.cz")
    browser.http.headers.update(FORGED)
    await browser.open("/login")
    await fill_in_registration(browser)
    provider.clock.advance(seconds=61)
    await browser.submit(button="resend")
    await browser.open("/register")
    await fill_in_registration(browser, email="lucie@wedos.cz")
    inbox = await provider.inbox()
    assert len(inbox) == 3
    for message in inbox:
        assert "evil.example" not in str(message)
        assert "8443" not in str(message["links"])
        for address in re.findall(r"https?://[^/\"\s<]+", message["text"] + (message["html"] or "")):
            assert address == provider.issuer or "www.w3.org" in address
    link = (await newest(provider, to=EVA))["links"][0]
    assert link.startswith(f"{provider.issuer}/verify/email/link?t=")


@pytest.mark.requirement("RC-01")
@pytest.mark.parametrize(
    "host", ["evil.example", "localhost:8000.evil.example", "localhost:8001", "", "localhost:8000, evil"]
)
async def test_another_host_is_answered_with_no_page(browser: Browser, provider: Provider, host: str) -> None:
    """421 or 400, before anything is read or written."""
    await browser.open("/register")
    assert browser.page is not None
    body = browser.page.forms[0].fields | {"email": EVA}
    answer = await browser.http.post(browser.page.url, data=body, headers={"host": host})
    assert answer.status_code in {400, 421}
    assert "evil" not in answer.text
    assert await provider.inbox() == []


async def test_the_address_is_that_of_the_connection(browser: Browser, provider: Provider, rp: RelyingParty) -> None:
    """The mail about a new device names where it came from, not where it claims to come from."""
    browser.http.headers.update(FORGED)
    await rp.sign_in(browser)
    (mail,) = await provider.inbox()
    assert "192.0.2.1" in mail["text"]
    assert "198.51.100.1" not in mail["text"]


async def test_a_device_is_known_by_its_cookie(browser: Browser, provider: Provider) -> None:
    """Set once, for a year, and kept; a broken one is replaced."""
    await browser.open("/login")
    first = browser.http.cookies["device"]
    await browser.open("/login")
    assert browser.http.cookies["device"] == first
    for broken in ("x", "é" * 43, "A" * 44, ""):
        async with Browser(provider.app) as other:
            answer = await other.http.get("/login", headers=[(b"cookie", f"device={broken}".encode())])
            made = answer.headers["set-cookie"].partition("device=")[2].partition(";")[0]
            assert len(made) == 43
            assert made != broken


@pytest.mark.requirement("AZ-13")
async def test_pages_tell_no_other_site_and_load_from_none(browser: Browser, provider: Provider) -> None:
    """`same-origin` referrers, `no-store`, and nothing on a page of the login comes from elsewhere."""
    rp = RelyingParty(provider, await provider.client("acme", first_party=False))
    pages = [await browser.open(rp.authorization_url()), await browser.click("register")]
    pages.append(await register(browser, provider, url=rp.authorization_url()))
    pages.append(await browser.click("continue"))
    assert [page.path for page in pages] == ["/login", "/register", "/register/done", "/consent"]
    for page in (*pages, await browser.open("/account/security")):
        assert page.headers["referrer-policy"] == "same-origin"
        assert page.headers["cache-control"] == "no-store"
        loaded = re.findall(r'<(?:script|img|link|iframe|use)[^>]*(?:src|href)="([^"]+)"', page.text)
        assert loaded
        assert all(source.startswith(("/", "#", "data:")) and not source.startswith("//") for source in loaded)


@pytest.mark.parametrize(
    "path", ["/", "/login", "/desk/accounts/a.b~c-d_e", "//evil", "/a b", "/a?b", "/a#b", "/č", "/\\x"]
)
@pytest.mark.parametrize("query", ["", "flow=AB-_9", "a=b&c=%20+d", "a#b", "a?b=/", "é", "a b", "&&", "lang=cs"])
def test_an_address_is_that_of_starlettes_url(path: str, query: str) -> None:
    """The path and the query of the page that is shown, without the whole URL."""
    scope = {
        "type": "http",
        "scheme": "https",
        "server": ("login.example", 443),
        "path": path,
        "query_string": query.encode(),
        "headers": [(b"host", b"login.example")],
    }
    url = Request(scope).url
    assert address_of(Request(scope)) == url.path + (f"?{url.query}" if url.query else "")
