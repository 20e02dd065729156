"""Pages and redirects are those that Starlette would make."""

import pytest
from starlette.responses import HTMLResponse, RedirectResponse, Response

from idp.web.responses import Page, SeeOther

NO_STORE = {"Cache-Control": "no-store"}


def _shape(response: Response) -> tuple[object, ...]:
    return response.status_code, sorted(response.raw_headers), response.body, response.media_type, response.background


@pytest.mark.parametrize("html", ["", "<p>Příliš žluťoučký kůň</p>"])
@pytest.mark.parametrize("headers", [{}, NO_STORE, {**NO_STORE, "Retry-After": "5", "Content-Language": "cs"}])
def test_a_page_is_the_same(html: str, headers: dict[str, str]) -> None:
    """Status, headers and body."""
    assert _shape(Page(html.encode(), status=429, headers=headers)) == _shape(HTMLResponse(html, 429, headers))


@pytest.mark.parametrize(
    "url",
    [
        "/login?flow=sealed-_",
        "https://app.example:8443/cb?a=b&c=%20d#e",
        "com.example.app:/cb?state=a b",
        "/path/with/ř?and=ž",
        "/a\r\nset-cookie: x=y",
        "/[::1]/'\"<>\\^`{|}~",
    ],
)
def test_a_redirect_is_the_same(url: str) -> None:
    """Whatever stands in its address, a line feed too."""
    assert _shape(SeeOther(url)) == _shape(RedirectResponse(url, 303, NO_STORE))


def test_headers_and_cookies_can_be_added() -> None:
    """Two answers alike share nothing."""
    first, second = (Page(b"", status=200, headers=NO_STORE) for _ in range(2))
    first.headers["vary"] = "Cookie"
    first.set_cookie("a", "b")
    assert "vary" not in second.headers
    assert "set-cookie" not in second.headers
