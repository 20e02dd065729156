"""The edge: what it refuses before anything parses it, and what it puts around every answer."""

import json
from collections.abc import Sequence

import pytest
import structlog

from idp.database.unavailable import DatabaseUnavailable
from idp.web.middleware.limits import MAX_HEADER_BYTES, MAX_HEADERS, MAX_TARGET_BYTES
from idp.web.middleware.security_headers import PAGE_CSP
from idp.web.middleware.stack import Edge
from idp.web.plain import (
    MAX_BODY_BYTES,
    ASGIApp,
    PlainRequest,
    PlainResponse,
    Receive,
    Scope,
    Send,
    json_response,
    plain_endpoint,
)
from tests.support.asgi import Answer, call, http_scope

ISSUER = "https://login.example.com"
HOST = ("host", "login.example.com")
BROWSER = ("accept", "text/html,application/xhtml+xml")


async def _show_request(request: PlainRequest) -> PlainResponse:
    names = [name.decode() for name, _ in request.scope["headers"]]
    body = len(await request.body())
    shown = {"address": request.address, "scheme": request.scope["scheme"], "headers": names, "body": body}
    return json_response({**shown, "id": request.request_id})


SHOW = plain_endpoint(_show_request, methods=("GET", "POST"))


def _page(scope: Scope, status: int) -> ASGIApp:
    return PlainResponse(status, b"<h1>%d</h1>" % status, {"content-type": "text/html; charset=utf-8"})


def _edge(app: ASGIApp = SHOW, *, issuer: str = ISSUER, trusted_proxies: Sequence[str] = ()) -> ASGIApp:
    return Edge(app, issuer=issuer, trusted_proxies=trusted_proxies, render_problem=_page)


async def _send(
    *headers: tuple[str, str], method: str = "GET", target: str = "/", chunks: Sequence[bytes] = (b"",)
) -> Answer:
    return await call(_edge(), http_scope(method, target, [HOST, *headers]), chunks)


async def test_the_request_id_is_made_here_and_sent_back() -> None:
    """Two requests have two ids; the caller's own is ignored."""
    first, second = await _send(("x-request-id", "mine")), await _send()
    assert first.header("x-request-id") == json.loads(first.body)["id"]
    assert first.header("x-request-id") not in {"mine", second.header("x-request-id")}


@pytest.mark.requirement("AZ-27", "LG-01")
async def test_the_access_log_has_no_query_string_and_no_header() -> None:
    """Codes, states and tokens pass by without a trace in the log."""
    with structlog.testing.capture_logs() as events:
        await _send(("authorization", "Bearer canary"), ("cookie", "a=canary"), target="/callback?code=canary")
    assert "canary" not in repr(events)
    (event,) = (event for event in events if event["event"] == "request")
    assert (event["path"], event["status"], event["address"]) == ("/callback", 200, "192.0.2.1")


@pytest.mark.requirement("WE-09")
@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("login.example.com", 200),
        ("LOGIN.example.com:443", 200),
        ("login.example.com:8443", 421),
        ("login.example.com.", 421),
        ("evil.example", 421),
        ("login.example.com.evil.example", 421),
        ("login.example.com@evil.example", 421),
        ("", 421),
    ],
)
async def test_only_the_issuers_host_is_answered(host: str, status: int) -> None:
    """Any other Host gets 421, so that no absolute URL, cookie or cache entry is made for it."""
    assert (await call(_edge(), http_scope("GET", "/", [("host", host)]))).status == status


@pytest.mark.requirement("WE-09")
async def test_two_hosts_or_none_are_refused() -> None:
    """Which of two would count is a guess; a request without one is from nowhere."""
    for headers in ([HOST, HOST], [HOST, ("host", "evil.example")], []):
        assert (await call(_edge(), http_scope("GET", "/", headers))).status == 421


@pytest.mark.parametrize("path", ["/live", "/ready"])
async def test_health_is_answered_under_any_host(path: str) -> None:
    """Load balancers ask by address."""
    assert (await call(_edge(), http_scope("GET", path, [("host", "10.0.0.7:8000")]))).status == 200


@pytest.mark.parametrize(
    ("issuer", "host"),
    [
        ("http://localhost:8000", "localhost:8000"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("http://localhost", "localhost"),
    ],
)
async def test_development_issuers_have_their_port_in_the_host(issuer: str, host: str) -> None:
    """The port is part of the name unless it is the scheme's own."""
    assert (await call(_edge(issuer=issuer), http_scope("GET", "/", [("host", host)]))).status == 200


@pytest.mark.requirement("DS-02")
@pytest.mark.parametrize(
    ("headers", "target", "status"),
    [
        pytest.param([], "/?" + "x" * (MAX_TARGET_BYTES - 2), 200, id="the longest target"),
        pytest.param([], "/?" + "x" * (MAX_TARGET_BYTES - 1), 414, id="one byte more"),
        pytest.param([], "/" + "x" * MAX_TARGET_BYTES, 414, id="a long path"),
        pytest.param([("a", "b")] * (MAX_HEADERS - 1), "/", 200, id="the most headers"),
        pytest.param([("a", "b")] * MAX_HEADERS, "/", 431, id="one header more"),
        pytest.param([("a", "x" * MAX_HEADER_BYTES)], "/", 431, id="a big header"),
        pytest.param([], "/a\0b", 400, id="NUL in the path"),
        pytest.param([], "/a\ufffdb", 400, id="a path that is not UTF-8"),
        pytest.param([("content-length", "1e3")], "/", 400, id="a length that is no number"),
        pytest.param([("content-length", "-1")], "/", 400, id="a negative length"),
        pytest.param([("content-length", "9" * 5000)], "/", 413, id="an absurd length"),
        pytest.param([("content-length", str(MAX_BODY_BYTES + 1))], "/", 413, id="a body too long by announcement"),
    ],
)
async def test_sizes_are_capped(headers: list[tuple[str, str]], target: str, status: int) -> None:
    """Each limit holds at its own edge, and what is over it gets its own status."""
    assert (await _send(*headers, target=target)).status == status


@pytest.mark.requirement("DS-01")
async def test_a_chunked_body_over_the_limit_is_413_whatever_the_framework_makes_of_it() -> None:
    """No Content-Length, and an application that turns the interruption into an answer of its own."""

    async def swallowing(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            while (await receive()).get("more_body"):
                pass
        except Exception:
            await PlainResponse(400, b"parse error").send_to(send)

    for app in (SHOW, swallowing):
        answer = await call(_edge(app), http_scope("POST", "/", [HOST]), [b"x" * MAX_BODY_BYTES, b"x"])
        assert (answer.status, answer.header("connection")) == (413, "close")


async def test_a_body_at_the_limit_passes() -> None:
    """64 KiB in two parts arrive whole."""
    answer = await _send(method="POST", chunks=[b"x" * MAX_BODY_BYTES, b""])
    assert json.loads(answer.body)["body"] == MAX_BODY_BYTES


@pytest.mark.requirement("DS-13")
@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "gzip, identity"])
async def test_compressed_bodies_are_refused(encoding: str) -> None:
    """A few bytes cannot unfold to gigabytes."""
    assert (await _send(("content-encoding", encoding), method="POST")).status == 415


@pytest.mark.requirement("WE-15")
@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "get"])
async def test_strange_methods_are_refused(method: str) -> None:
    """405 with a list, before any route is looked for."""
    answer = await _send(method=method)
    assert answer.status == 405
    assert "GET" in (answer.header("allow") or "")


@pytest.mark.requirement("LG-06")
@pytest.mark.parametrize(("error", "status"), [(RuntimeError("SELECT 1"), 500), (DatabaseUnavailable("gone"), 503)])
async def test_failures_are_pages_for_people_and_json_for_programs(error: Exception, status: int) -> None:
    """Both carry the request id and the security headers; neither carries the error."""

    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        raise error

    page = await call(_edge(failing), http_scope("GET", "/", [HOST, BROWSER]))
    data = await call(_edge(failing), http_scope("GET", "/", [HOST]))
    assert (page.status, data.status) == (status, status)
    assert page.body == b"<h1>%d</h1>" % status
    assert set(json.loads(data.body)) == {"error"}
    for answer in (page, data):
        assert answer.header("x-request-id")
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("retry-after") == ("1" if status == 503 else None)


async def test_a_problem_page_that_fails_itself_becomes_json() -> None:
    """The last net has no hole: a broken template is still an answer."""

    def broken(scope: Scope, status: int) -> ASGIApp:
        raise RuntimeError("template")

    app = Edge(SHOW, issuer=ISSUER, render_problem=broken)
    answer = await call(app, http_scope("GET", "/", [("host", "evil.example"), BROWSER]))
    assert (answer.status, json.loads(answer.body)) == (421, {"error": "invalid_request"})


async def test_an_error_after_the_answer_began_ends_the_connection() -> None:
    """Nothing can be said any more; the server closes, and the log knows."""

    async def half(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x", "more_body": True})
        raise RuntimeError("late")

    with pytest.raises(RuntimeError, match="late"):
        await call(_edge(half), http_scope("GET", "/", [HOST]))


async def test_an_error_before_the_first_byte_is_answered() -> None:
    """Headers alone have not left yet: the caller learns what happened."""

    async def headless(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("early")

    assert (await call(_edge(headless), http_scope("GET", "/", [HOST]))).status == 500


def _answering(headers: dict[str, str]) -> ASGIApp:
    return PlainResponse(200, b"x", headers)


@pytest.mark.requirement("WE-01", "WE-02", "WE-03", "WE-04")
async def test_every_answer_has_the_security_headers() -> None:
    """Pages and errors alike; HSTS for two years because the issuer is https."""
    page = await call(_edge(_answering({"content-type": "text/html; charset=utf-8"})), http_scope("GET", "/", [HOST]))
    refusal = await call(_edge(), http_scope("GET", "/", [("host", "evil.example"), BROWSER]))
    for answer in (page, refusal):
        assert answer.header("content-security-policy") == PAGE_CSP
        assert answer.header("strict-transport-security") == "max-age=63072000; includeSubDomains"
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("referrer-policy") == "same-origin"
        assert answer.header("cross-origin-opener-policy") == "same-origin"
        assert answer.header("cross-origin-resource-policy") == "same-origin"
        assert "geolocation=()" in (answer.header("permissions-policy") or "")
        assert answer.header("cache-control") == "no-store"


@pytest.mark.requirement("WE-01")
def test_the_page_policy_is_closed() -> None:
    """Nothing from elsewhere, no inline script or style, no frame, no base, no plug-in, no script sink."""
    policy = dict(directive.split(" ", 1) for directive in PAGE_CSP.split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in PAGE_CSP


async def test_http_issuers_send_no_hsts() -> None:
    """On http://localhost the header would lock a developer out of everything else on that host."""
    answer = await call(_edge(issuer="http://localhost"), http_scope("GET", "/", [("host", "localhost")]))
    assert answer.header("strict-transport-security") is None


async def test_an_answer_keeps_the_policy_it_brings() -> None:
    """form_post brings its own CSP, a static file its own cache policy or a validator."""
    own = {"content-type": "text/html", "content-security-policy": "sandbox", "cache-control": "max-age=60"}
    answer = await call(_edge(_answering(own)), http_scope("GET", "/", [HOST]))
    assert (answer.header("content-security-policy"), answer.header("cache-control")) == ("sandbox", "max-age=60")
    static = await call(_edge(_answering({"content-type": "text/css", "etag": '"1"'})), http_scope("GET", "/", [HOST]))
    assert static.header("cache-control") is None


@pytest.mark.requirement("AZ-27")
async def test_redirects_are_not_stored() -> None:
    """A redirect carries the code in its Location."""
    redirect = PlainResponse(303, b"", {"location": "https://rp.example/cb?code=1"})
    assert (await call(_edge(redirect), http_scope("GET", "/", [HOST]))).header("cache-control") == "no-store"


@pytest.mark.requirement("WE-17")
async def test_no_banner_leaves() -> None:
    """A `server` or `x-powered-by` that something inside set is taken away."""
    answer = await call(_edge(_answering({"server": "uvicorn", "x-powered-by": "x"})), http_scope("GET", "/", [HOST]))
    assert (answer.header("server"), answer.header("x-powered-by")) == (None, None)
