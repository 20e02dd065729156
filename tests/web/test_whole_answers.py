"""Answers that leave in one piece, and those that are ready beforehand, are the answers that ASGI would have sent."""

import gc
import io
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from idp.metrics import REGISTRY
from idp.web.connection import Connection
from idp.web.header_lines import header_lines
from idp.web.middleware.stack import Edge
from idp.web.plain import (
    SEND_WHOLE_KEY,
    ASGIApp,
    PlainRequest,
    PlainResponse,
    Receive,
    Scope,
    Send,
    json_response,
    plain_endpoint,
)
from tests.web.serving import PATIENT, Peer, connected, serving, with_lifespan
from tests.web.test_log_sink import logging_to

ISSUER = "https://login.example.com"
HOST = "host: login.example.com"
KEYS = json_response({"keys": []}, headers={"cache-control": "public, max-age=900"})
_CHANGING = re.compile(rb"(?im)^(date|x-request-id): [^\r\n]+")


async def _show(request: PlainRequest) -> PlainResponse:
    """Whatever the path asks for."""
    match request.path:
        case "/empty":
            return PlainResponse(204)
        case "/redirect":
            return PlainResponse(303, b"", {"location": "/elsewhere", "set-cookie": "a=b"})
        case "/page":
            return PlainResponse(200, b"<p>", {"content-type": "text/html", "x-frame-options": "SAMEORIGIN"})
        case "/closing":
            return PlainResponse(200, b"bye", {"connection": "close"})
        case "/jwks":
            return KEYS
        case _:
            return PlainResponse(200, await request.body(), {"content-type": "text/plain"})


async def _stream(scope: Scope, _: Receive, send: Send) -> None:
    """An answer in pieces, without a length."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for number in range(3):
        await send({"type": "http.response.body", "body": b"%d" % number, "more_body": number < 2})


_SHOW = plain_endpoint(_show, ("GET", "POST"), cross_origin=True)


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    await (_stream if scope["path"] == "/stream" else _SHOW)(scope, receive, send)


def _with_edge(*, at_once: bool = False, whole: bool = True) -> ASGIApp:
    edge = Edge(with_lifespan(_app), issuer=ISSUER)
    edge.prepare({"/jwks": lambda: KEYS})

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if not whole:
            scope.pop(SEND_WHOLE_KEY, None)
        await edge(scope, receive, send)

    if at_once:
        served.state = SimpleNamespace(answer_at_once=edge.answer_at_once)  # type: ignore[attr-defined]
    return served


def _request(line: str, *headers: str, body: str = "") -> bytes:
    length = [f"content-length: {len(body)}"] if body else []
    return "\r\n".join([line, *(headers or (HOST,)), *length, "", body]).encode()


REQUESTS = {
    "a get": _request("GET /any HTTP/1.1"),
    "a post": _request("POST /any HTTP/1.1", body="hello"),
    "a head": _request("HEAD /page HTTP/1.1"),
    "a page with a header of its own": _request("GET /page HTTP/1.1"),
    "an answer without a body": _request("GET /empty HTTP/1.1"),
    "a redirect": _request("GET /redirect HTTP/1.1"),
    "an answer that ends the connection": _request("GET /closing HTTP/1.1"),
    "a caller that ends it": _request("GET /any HTTP/1.1", HOST, "connection: close"),
    "an old caller": _request("GET /any HTTP/1.0"),
    "another host": _request("GET /jwks HTTP/1.1", "host: evil.example"),
    "two hosts": _request("GET /jwks HTTP/1.1", HOST, HOST),
    "another method": _request("DELETE /jwks HTTP/1.1"),
    "a preflight": _request("OPTIONS /jwks HTTP/1.1"),
    "keys": _request("GET /jwks HTTP/1.1"),
    "keys, for a script elsewhere": _request("GET /jwks HTTP/1.1", HOST, "origin: https://app.example"),
    "keys, with a body": _request("GET /jwks HTTP/1.1", body="hello"),
    "keys, without a body": _request("HEAD /jwks HTTP/1.1"),
    "keys, compressed": _request("GET /jwks HTTP/1.1", HOST, "content-encoding: gzip", body="hello"),
    "keys, for an old caller": _request("GET /jwks HTTP/1.0"),
    "pieces": _request("GET /stream HTTP/1.1"),
}


@asynccontextmanager
async def _talking_to(app: ASGIApp) -> AsyncIterator[Peer]:
    async with serving(app, PATIENT) as port, connected(port) as peer:
        yield peer


async def _said(peer: Peer, request: bytes) -> bytes:
    """All that comes back, without what changes. A last request ends the connection."""
    await peer.send(request + _request("GET /last HTTP/1.1", HOST, "connection: close"))
    answers = await peer.read_until_closed()
    assert answers.startswith(b"HTTP/1.1 ")
    return _CHANGING.sub(b"", answers)


def _heads(answer: bytes) -> list[list[bytes]]:
    """Status and headers of each answer; their order means nothing."""
    return [sorted(head.split(b"\r\n")) for head in re.split(rb"(?=HTTP/1\.1 )", answer)]


@pytest.mark.parametrize("request_bytes", REQUESTS.values(), ids=REQUESTS.keys())
async def test_both_ways_say_the_same(request_bytes: bytes) -> None:
    """Status, headers, body and what becomes of the connection, whichever way an answer takes."""
    answers = []
    for app in (_with_edge(whole=False), _with_edge(), _with_edge(at_once=True)):
        async with _talking_to(app) as peer:
            answers.append(_heads(await _said(peer, request_bytes)))
    as_asgi_has_it, whole, at_once = answers
    assert whole == as_asgi_has_it
    assert at_once == as_asgi_has_it


async def test_an_answer_leaves_no_garbage() -> None:
    """What belongs to a request is gone with it; a connection keeps the latest."""
    async with _talking_to(_with_edge(at_once=True)) as peer:
        gc.collect()
        gc.disable()
        try:
            for path in ("/any", "/jwks", "/any", "/page", "/jwks", "/any"):
                await peer.send(_request(f"GET {path} HTTP/1.1"))
                await peer.read_answer()
            kept = [each for each in gc.get_objects() if type(each) is RequestResponseCycle]
        finally:
            gc.enable()
    assert len(kept) <= 1


async def test_what_is_prepared_needs_no_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server asks first, and starts the application for everything else."""
    started: list[str] = []
    begin = Connection.__mro__[1]._start_asgi_task  # type: ignore[attr-defined]

    def counted(self: Connection, cycle: Any, app: Any) -> None:
        started.append(cycle.scope["path"])
        begin(self, cycle, app)

    monkeypatch.setattr(Connection.__mro__[1], "_start_asgi_task", counted)
    async with _talking_to(_with_edge(at_once=True)) as peer:
        for path in ("/jwks", "/any", "/jwks"):
            await peer.send(_request(f"GET {path} HTTP/1.1"))
            assert (await peer.read_answer()).startswith(b"HTTP/1.1 200 ")
    assert started == ["/any"]


@pytest.mark.requirement("LG-01")
async def test_what_is_prepared_is_logged_and_counted_as_every_request() -> None:
    """Its line has the id that the answer carries; the route's counter goes up."""
    labels = {"endpoint": "/jwks", "status": "2xx"}
    before = REGISTRY.get_sample_value("idp_requests_total", labels) or 0
    output = io.StringIO()
    with logging_to(output):
        async with _talking_to(_with_edge(at_once=True)) as peer:
            await peer.send(_request("GET /jwks?a=b HTTP/1.1"))
            answer = await peer.read_answer()
    (line,) = [json.loads(line) for line in output.getvalue().splitlines() if '"/jwks"' in line]
    assert (line["method"], line["status"], line["address"]) == ("GET", 200, "127.0.0.1")
    assert f"x-request-id: {line['request_id']}\r\n".encode() in answer
    assert REGISTRY.get_sample_value("idp_requests_total", labels) == before + 1


async def test_a_new_answer_takes_the_place_of_the_old() -> None:
    """Headers are worked out once for each answer, and again for the next."""
    edge = Edge(with_lifespan(_app), issuer=ISSUER)
    answers = [json_response({"keys": ["a" * length]}) for length in (1, 20)]
    edge.prepare({"/jwks": lambda: answers[0]})

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        await edge(scope, receive, send)

    served.state = SimpleNamespace(answer_at_once=edge.answer_at_once)  # type: ignore[attr-defined]
    async with _talking_to(served) as peer:
        for _ in range(2):
            for _ in range(2):
                await peer.send(_request("GET /jwks HTTP/1.1"))
                assert (await peer.read_answer()).endswith(b"\r\n\r\n" + answers[0].body)
            answers.pop(0) if len(answers) > 1 else None


async def test_many_at_once_on_one_connection_are_answered_in_order() -> None:
    """Pipelined thousands, prepared or not: each gets its answer, and none stands inside another's."""
    async with _talking_to(_with_edge(at_once=True)) as peer:
        paths = ["/any" if number % 97 == 0 else "/jwks" for number in range(3000)]
        await peer.send(b"".join(_request(f"GET {path} HTTP/1.1") for path in paths))
        for path in paths:
            assert (await peer.read_answer()).endswith(KEYS.body if path == "/jwks" else b"\r\n\r\n")


@pytest.mark.requirement("WE-18")
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([(b"location", b"/\r\nset-cookie: a=b"), (b"content-length", b"2")], id="a line more"),
        pytest.param([(b"location", b"/\nset-cookie: a=b"), (b"content-length", b"2")], id="a line feed"),
        pytest.param([(b"location", b"/\r"), (b"content-length", b"2")], id="a carriage return"),
        pytest.param([(b"location", b"/\0"), (b"content-length", b"2")], id="NUL"),
        pytest.param([(b"location", b"/\x7f"), (b"content-length", b"2")], id="DEL"),
        pytest.param([(b"content-length", b"3")], id="another length"),
        pytest.param([(b"location", b"/")], id="no length"),
        pytest.param([(b"content-length", b"2"), (b"connection", b"close")], id="the connection"),
        pytest.param([(b"content-length", b"2"), (b"transfer-encoding", b"chunked")], id="chunks"),
    ],
)
def test_what_needs_the_servers_attention_is_left_to_it(headers: list[tuple[bytes, bytes]]) -> None:
    """It refuses control characters itself, and frames what has no length."""
    assert header_lines(headers, 2) is None
    assert (
        header_lines([(b"a", "ž".encode()), (b"content-length", b"2")], 2) == "a: ž\r\ncontent-length: 2\r\n".encode()
    )


@pytest.mark.requirement("WE-18")
async def test_a_header_of_two_lines_never_leaves() -> None:
    """The server refuses to send it and hangs up; whatever was behind the line's end is in no answer."""

    async def broken(_: PlainRequest) -> PlainResponse:
        return PlainResponse(303, b"", {"location": "/\r\nset-cookie: stolen=1"})

    with logging_to(io.StringIO()):
        app = Edge(with_lifespan(plain_endpoint(broken, ("GET",))), issuer=ISSUER)
        async with _talking_to(app) as peer:
            await peer.send(_request("GET / HTTP/1.1"))
            assert await peer.read_until_closed() == b""
    assert structlog.contextvars.get_contextvars() == {}
