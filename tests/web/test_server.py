"""The server cuts off callers that dribble, tells nothing about itself, and stops in order. Real sockets throughout."""

import asyncio
import signal
import socket
import sys

import pytest

from idp.web.connection import connection_with
from idp.web.listening import bind
from idp.web.plain import ASGIApp, PlainRequest, PlainResponse, Receive, Scope, Send, plain_endpoint
from idp.web.server import Server, make_server
from tests.web.serving import GET, GUARD_SECONDS, PATIENT, SHORT, connected, serving, with_lifespan


async def _echo(request: PlainRequest) -> PlainResponse:
    return PlainResponse(200, await request.body(), {"content-type": "text/plain"})


ECHO = with_lifespan(plain_endpoint(_echo, methods=("GET", "POST")))


@pytest.mark.requirement("DS-03", "RL-04")
async def test_a_silent_connection_is_closed() -> None:
    """Connecting and saying nothing ends without a word from us."""
    async with serving(ECHO) as port, connected(port) as peer:
        assert await peer.read_until_closed() == b""


@pytest.mark.requirement("DS-03", "RL-04")
@pytest.mark.parametrize(
    "start",
    [
        pytest.param(b"G", id="half a method"),
        pytest.param(b"GET / HTTP/1.1\r\nhost: x\r\n", id="headers without an end"),
        pytest.param(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nabc", id="half a body"),
        pytest.param(
            b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n", id="half the chunks"
        ),
    ],
)
async def test_a_request_that_never_ends_is_cut_with_408(start: bytes) -> None:
    """Slow headers and slow bodies alike."""
    async with serving(ECHO) as port, connected(port) as peer:
        await peer.send(start)
        assert (await peer.read_until_closed()).startswith(b"HTTP/1.1 408 ")


@pytest.mark.requirement("DS-03", "RL-04")
@pytest.mark.parametrize("start", [b"GET / HTTP/1.1\r\n", b"POST / HTTP/1.1\r\ncontent-length: 60000\r\n\r\n"])
async def test_more_bytes_buy_no_more_time(start: bytes) -> None:
    """A caller that keeps dribbling is cut although each byte comes in time."""
    async with serving(ECHO) as port, connected(port) as peer:
        await peer.send(start)

        async def dribble() -> None:
            while not peer.writer.is_closing():
                await peer.send(b"x")
                await asyncio.wait([reading], timeout=0.02)

        reading = asyncio.create_task(peer.read_until_closed())
        dribbling = asyncio.create_task(dribble())
        answer = await reading
        dribbling.cancel()
        assert answer == b"" or answer.startswith(b"HTTP/1.1 408 ")


@pytest.mark.requirement("DS-03")
@pytest.mark.parametrize("between", [b"", b"\r\n", b"GET"])
async def test_an_idle_connection_is_closed_after_its_answer(between: bytes) -> None:
    """Silence, blank lines or the start of another request after a good one: none holds the connection open."""
    async with serving(ECHO) as port, connected(port) as peer:
        await peer.send(GET)
        assert (await peer.read_answer()).startswith(b"HTTP/1.1 200 ")
        await peer.send(between)
        answer = await peer.read_until_closed()
        assert answer == b"" or answer.startswith(b"HTTP/1.1 408 ")


@pytest.mark.requirement("RL-04")
async def test_a_slow_reader_is_cut() -> None:
    """Somebody who asks for much and reads nothing does not hold our memory; the application learns that they left."""
    left = asyncio.Event()

    async def stubborn(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()
        watching = asyncio.ensure_future(receive())
        while not watching.done():
            await send({"type": "http.response.body", "body": b"x" * 1_000_000, "more_body": True})
        assert watching.result()["type"] == "http.disconnect"
        left.set()

    async with serving(with_lifespan(stubborn)) as port, connected(port) as peer:
        await peer.send(GET)
        async with asyncio.timeout(GUARD_SECONDS):
            await left.wait()


async def test_an_application_may_take_its_time() -> None:
    """Deadlines bind the caller, not us: an answer that takes longer than all of them arrives."""
    release = asyncio.Event()

    async def slow(request: PlainRequest) -> PlainResponse:
        await release.wait()
        return PlainResponse(200, b"done")

    async with serving(with_lifespan(plain_endpoint(slow, methods=("GET",)))) as port, connected(port) as peer:
        await peer.send(GET)
        # A second, silent connection is cut after the same span: proof that the span has passed, without a clock.
        async with connected(port) as silent:
            await silent.read_until_closed()
        release.set()
        assert (await peer.read_answer()).endswith(b"done")


async def test_connections_are_reused() -> None:
    """Several requests, with and without a body, pass over one connection."""
    async with serving(ECHO, PATIENT) as port, connected(port) as peer:
        for body in (b"", b"one", b"two"):
            await peer.send(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
            assert (await peer.read_answer()).endswith(b"\r\n\r\n" + body)


@pytest.mark.requirement("DS-02")
async def test_endless_headers_are_refused_long_before_they_end() -> None:
    """The parser has no limit of its own; 431 comes while the block is still arriving."""
    async with serving(ECHO, PATIENT) as port, connected(port) as peer:
        await peer.send(b"GET / HTTP/1.1\r\nhost: x\r\n")
        for _ in range(20):
            await peer.send(b"a: " + b"x" * 8000 + b"\r\n")
        answer = await peer.read_until_closed()  # the kernel may drop the answer: we close while more arrives
        assert answer == b"" or answer.startswith(b"HTTP/1.1 431 ")


async def test_trailers_are_bounded_and_never_become_headers() -> None:
    """A chunked body's trailers are dropped: they cannot add an Authorization header after the fact."""
    seen: list[bytes] = []

    async def show(request: PlainRequest) -> PlainResponse:
        await request.body()
        seen.extend(name for name, _ in request.scope["headers"])
        return PlainResponse(200, b"ok")

    async with serving(with_lifespan(plain_endpoint(show)), PATIENT) as port, connected(port) as peer:
        head = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
        await peer.send(head + b"1\r\na\r\n0\r\nauthorization: Basic eA==\r\n\r\n")
        assert (await peer.read_answer()).endswith(b"ok")
        assert b"authorization" not in seen


@pytest.mark.requirement("WE-18")
@pytest.mark.parametrize(
    "request_bytes",
    [
        pytest.param(
            b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            id="CL and TE",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na", id="two lengths"
        ),
        pytest.param(b"GET / HTTP/1.1\r\nhost: x\r\n a: folded\r\n\r\n", id="a folded header"),
        pytest.param(b"GET / HTTP/1.1\r\nhost : x\r\n\r\n", id="a space before the colon"),
        pytest.param(b"GET / HTTP/1.1\nhost: x\n\n", id="bare line feeds"),
        pytest.param(b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", id="a bad chunk size"),
        pytest.param(b"GET /\xff HTTP/1.1\r\nhost: x\r\n\r\n", id="a target that is not ASCII"),
        pytest.param(b"GET / HTTP/1.1\r\nhost: x\r\na: b\0c\r\n\r\n", id="NUL in a header"),
        pytest.param(b"hello\r\n\r\n", id="no HTTP at all"),
        pytest.param(b"CONNECT evil.example:443 HTTP/1.1\r\nhost: x\r\n\r\n", id="CONNECT"),
    ],
)
async def test_ambiguous_requests_are_refused_and_the_connection_ends(request_bytes: bytes) -> None:
    """Where two programs could see two boundaries, nothing that follows is read."""
    async with serving(ECHO, PATIENT) as port, connected(port) as peer:
        await peer.send(request_bytes + GET)
        answer = await peer.read_until_closed()
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"HTTP/1.1 200 " not in answer


@pytest.mark.requirement("WE-17")
async def test_no_answer_names_the_server() -> None:
    """Neither the application's answers nor the server's own have a banner."""
    async with serving(ECHO) as port:
        for data in (GET, b"garbage\r\n\r\n"):
            async with connected(port) as peer:
                await peer.send(data)
                answer = (await peer.read_until_closed()).lower()
                assert answer
                assert b"server:" not in answer
                assert b"uvicorn" not in answer


class TellingServer(Server):
    """A patient server that tells when it has begun to stop."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(make_server(app, deadlines=PATIENT).config)
        self.stopping = asyncio.Event()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.stopping.set()
        await super().shutdown(sockets=sockets)


async def test_a_stop_lets_the_running_request_finish() -> None:
    """What has begun is answered, though the listener is gone before."""
    begun, release = asyncio.Event(), asyncio.Event()

    async def slow(request: PlainRequest) -> PlainResponse:
        begun.set()
        await release.wait()
        return PlainResponse(200, b"done")

    listener, ready = bind("127.0.0.1", 0), asyncio.Event()
    port = listener.getsockname()[1]
    server = TellingServer(with_lifespan(plain_endpoint(slow, methods=("GET",))))
    server.on_ready = ready.set
    running = asyncio.create_task(server.serve(sockets=[listener]))
    await ready.wait()
    async with connected(port) as peer:
        await peer.send(GET)
        await begun.wait()
        server.should_exit = True
        await server.stopping.wait()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        release.set()
        assert (await peer.read_answer()).endswith(b"done")
        await running


async def test_a_stop_answers_what_is_on_its_way() -> None:
    """A kept connection, one in the middle of a head and one that has said nothing yet: each is answered once more."""
    listener, ready = bind("127.0.0.1", 0), asyncio.Event()
    port = listener.getsockname()[1]
    server = TellingServer(ECHO)
    server.on_ready = ready.set
    running = asyncio.create_task(server.serve(sockets=[listener]))
    await ready.wait()
    async with connected(port) as kept, connected(port) as half, connected(port) as fresh:
        for peer in (kept, half):
            await peer.send(GET)
            await peer.read_answer()
        await half.send(GET[:20])
        while len(server.server_state.connections) < 3:  # noqa: ASYNC110 - uvicorn tells nobody
            await asyncio.sleep(0)
        server.should_exit = True
        await server.stopping.wait()
        for peer, rest in ((kept, GET), (half, GET[20:]), (fresh, GET)):
            await peer.send(rest)
            answer = await peer.read_until_closed()
            assert answer.startswith(b"HTTP/1.1 200")
            assert b"connection: close" in answer.lower()
        await running


async def test_a_stop_does_not_wait_for_the_silent() -> None:
    """Who has nothing to ask is hung up on, long before the keep-alive time is over."""
    listener, ready = bind("127.0.0.1", 0), asyncio.Event()
    server = TellingServer(ECHO)
    server.on_ready = ready.set
    running = asyncio.create_task(server.serve(sockets=[listener]))
    await ready.wait()
    async with connected(listener.getsockname()[1]) as kept:
        await kept.send(GET)
        await kept.read_answer()
        server.should_exit = True
        assert await kept.read_until_closed() == b""
        await running


_PROGRAM = """
from idp.web.plain import PlainResponse
from idp.web.server import run_server
from tests.web.serving import with_lifespan
app = with_lifespan(PlainResponse(200, b"ok"))
print(run_server(app, host="127.0.0.1", port=0, on_ready=lambda: print("ready", flush=True)))
"""


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_the_process_without_a_traceback(stop: signal.Signals) -> None:
    """Ctrl-C and a service manager's stop: the program tells when it is ready and ends quietly."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PROGRAM, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(GUARD_SECONDS * 3):
        assert await process.stdout.readline() == b"ready\n"
        process.send_signal(stop)
        output, errors = await process.communicate()
    # SIGTERM is raised again at the end, so that whoever sent it sees that it was obeyed.
    assert (output, process.returncode) == ((b"True\n", 0) if stop is signal.SIGINT else (b"", -stop))
    assert b"Traceback" not in errors


def test_a_taken_port_is_an_ordinary_error() -> None:
    """The command line turns it into one sentence; nothing was started."""
    with bind("127.0.0.1", 0) as first:
        first.listen()
        with pytest.raises(OSError, match="in use"):
            bind("127.0.0.1", first.getsockname()[1])


def test_deadlines_belong_to_one_server() -> None:
    """Two servers in one process keep their own."""
    assert connection_with(SHORT).deadlines is SHORT
    assert connection_with(PATIENT).deadlines is PATIENT


@pytest.mark.requirement("OC-51")
async def test_every_answer_says_when() -> None:
    """RFC 9110 §6.6.1: what a resource answers carries the time of it."""
    async with serving(ECHO) as port, connected(port) as peer:
        await peer.send(GET)
        assert b"\r\ndate: " in (await peer.read_answer()).lower()
