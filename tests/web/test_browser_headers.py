"""What is read of a browser's headers is what Starlette reads."""

import pytest
from starlette.requests import Request

from idp.web.browser_headers import read_browser_headers


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"cookie", b"a=1; b=2"), (b"accept-language", b"cs,en;q=0.5"), (b"user-agent", b"Firefox")],
        [(b"cookie", b"a=1; b=2"), (b"cookie", b"a=3"), (b"accept-language", b"cs"), (b"accept-language", b"en")],
        [(b"cookie", b'a="x\\073y"; alone; =nameless; ;;')],
        [(b"cookie", b""), (b"accept-language", b""), (b"user-agent", b"")],
        [(b"cookie", b"a=\xe9"), (b"accept-language", b"\xe9"), (b"user-agent", b"\xe9")],
    ],
)
def test_headers_are_those_of_a_request(headers: list[tuple[bytes, bytes]]) -> None:
    """Broken ones, repeated ones and those that are no ASCII too."""
    read, request = read_browser_headers(headers), Request({"type": "http", "headers": headers})
    assert read.cookies == request.cookies
    assert read.accept_language == request.headers.get("accept-language")
    assert read.user_agent == request.headers.get("user-agent")


@pytest.mark.requirement("RT-13")
def test_two_browsers_are_none() -> None:
    """Whichever of them were taken would be a guess."""
    assert read_browser_headers([(b"user-agent", b"Firefox"), (b"user-agent", b"Firefox")]).user_agent is None
