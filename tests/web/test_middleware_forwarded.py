"""Whose word counts about the caller's address and scheme."""

import json

import pytest

from idp.web.middleware.forwarded import parse_networks, resolve
from idp.web.middleware.stack import Edge
from idp.web.plain import PlainRequest, PlainResponse, json_response, plain_endpoint
from tests.support.asgi import Answer, call, http_scope

PROXIES = ("10.0.0.0/8", "fd00::1")


async def _show(request: PlainRequest) -> PlainResponse:
    names = [name.decode() for name, _ in request.scope["headers"]]
    return json_response({"address": request.address, "scheme": request.scope["scheme"], "headers": names})


async def _resolve(peer: str, *headers: tuple[str, str]) -> tuple[str, str, list[str]]:
    scope = http_scope("GET", "/", headers, client=(peer, 1))
    resolve(scope, parse_networks(PROXIES))
    seen = json.loads((await call(plain_endpoint(_show, methods=("GET",)), scope)).body)
    return seen["address"], seen["scheme"], seen["headers"]


@pytest.mark.requirement("WE-19", "PW-16")
async def test_a_stranger_cannot_speak_for_others() -> None:
    """Forwarding headers of any spelling from a direct caller change nothing and reach nobody."""
    spoofs = [
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "evil.example"),
        ("X-Real-IP", "203.0.113.9"),
        ("Forwarded", "for=203.0.113.9;proto=https"),
        ("X_Forwarded_For", "203.0.113.9"),
        ("X_Real_IP", "203.0.113.9"),
    ]
    assert await _resolve("192.0.2.1", *spoofs, ("Accept", "*/*")) == ("192.0.2.1", "http", ["accept"])


@pytest.mark.requirement("WE-19", "PW-16")
@pytest.mark.parametrize(
    ("peer", "forwarded_for", "address"),
    [
        pytest.param("10.0.0.1", "203.0.113.9", "203.0.113.9", id="one proxy"),
        pytest.param("10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9", id="the browser's invention in front"),
        pytest.param("10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9", id="two proxies"),
        pytest.param("10.0.0.1", "10.0.0.9", "10.0.0.9", id="nothing but proxies"),
        pytest.param("10.0.0.1", "", "10.0.0.1", id="no header"),
        pytest.param("10.0.0.1", "203.0.113.9, garbage", "10.0.0.1", id="garbage at the near end"),
        pytest.param("10.0.0.1", "203.0.113.9:4711", "203.0.113.9", id="with a port"),
        pytest.param("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1", id="IPv6 with a port"),
        pytest.param("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9", id="IPv4 inside IPv6"),
        pytest.param("fd00::1", "2001:db8::1", "2001:db8::1", id="an IPv6 proxy"),
        pytest.param("fd00::2", "2001:db8::1", "fd00::2", id="its neighbour"),
    ],
)
async def test_the_address_is_the_first_stranger_seen_from_here(peer: str, forwarded_for: str, address: str) -> None:
    """The chain is read from the near end, and believed only as far as our proxies wrote it."""
    assert (await _resolve(peer, ("X-Forwarded-For", forwarded_for)))[0] == address


@pytest.mark.requirement("WE-19")
async def test_a_proxy_tells_the_scheme_and_the_last_value_counts() -> None:
    """https from the proxy, whatever a browser put before it; an unknown scheme is no scheme."""
    assert (await _resolve("10.0.0.1", ("X-Forwarded-Proto", "http, https")))[1] == "https"
    assert (await _resolve("10.0.0.1", ("X-Forwarded-Proto", "gopher")))[1] == "http"


async def test_several_headers_are_one_list() -> None:
    """RFC 9110 §5.3: repeated list headers are read in order."""
    pair = (("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-For", "203.0.113.9"))
    assert (await _resolve("10.0.0.1", *pair))[0] == "203.0.113.9"


def test_a_proxy_that_is_no_address_is_refused_at_start() -> None:
    """A typing error in IDP_TRUSTED_PROXIES does not silently trust nobody, or everybody."""
    with pytest.raises(ValueError, match="proxy"):
        parse_networks(["proxy.internal"])


async def _through(
    proto: str, target: str = "/login", method: str = "GET", *, peer: str = "10.0.0.1", **headers: str
) -> Answer:
    """What a proxy hands over whose caller came by this scheme."""
    given = {"host": "login.example.com", "accept": "text/html", "x-forwarded-proto": proto} | headers
    edge = Edge(
        plain_endpoint(_show, methods=("GET", "POST")), issuer="https://login.example.com", trusted_proxies=PROXIES
    )
    return await call(edge, http_scope(method, target, given.items(), client=(peer, 1)))


@pytest.mark.requirement("WE-23")
@pytest.mark.parametrize(
    ("target", "location"),
    [
        pytest.param("/login?flow=a.b%2Bc&lang=cs", "/login?flow=a.b%2Bc&lang=cs", id="with its query as it came"),
        pytest.param("//evil.example/x", "//evil.example/x", id="never to another host"),
        pytest.param("/@evil.example", "/@evil.example", id="nor to one behind a sign"),
    ],
)
async def test_a_page_in_the_clear_moves_to_https(target: str, location: str) -> None:
    """With nothing in the answer but the way there, on our own host."""
    answer = await _through("http", target)
    assert (answer.status, answer.body) == (308, b"")
    assert answer.header("location") == f"https://login.example.com{location}"
    assert answer.header("strict-transport-security") is None  # RFC 6797 §7.2


@pytest.mark.requirement("WE-23")
@pytest.mark.parametrize(
    ("method", "headers"),
    [
        pytest.param("POST", {"accept": "application/json"}, id="a token request"),
        pytest.param("POST", {}, id="a form"),
        pytest.param("GET", {"authorization": "Bearer x"}, id="a token"),
        pytest.param("GET", {"accept": "*/*"}, id="a program that reads"),
    ],
)
async def test_a_program_in_the_clear_is_refused(method: str, headers: dict[str, str]) -> None:
    """It is not led on: it would send its secret in the clear for ever."""
    answer = await _through("http", "/token", method, **headers)
    assert (answer.status, answer.header("location")) == (400, None)
    assert json.loads(answer.body) == {"error": "invalid_request"}


async def test_only_a_trusted_proxys_word_makes_it_plain_http() -> None:
    """A stranger's header, a proxy that says nothing, and a health check go on as they came."""
    assert (await _through("http", peer="192.0.2.1")).status == 200
    assert (await _through("")).status == 200
    assert (await _through("https")).status == 200
    assert (await _through("http", "/ready", host="10.1.1.1:8000")).status == 200
