"""Runs an ASGI application under uvicorn and cuts off callers that dribble, which no ASGI code can see.

uvicorn waits for ever for the rest of a header block or body. Here each has a deadline that the next byte does not
move, and a connection that says nothing, reads nothing or sends too much is closed.
"""

import asyncio
import contextlib
import gc
import resource
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from idp.web.sharing import SharedListener

_MAX_HEAD_BYTES = 48 * 1024  # above the edge's own limit, so that the edge can answer in its own words
_MAX_MESSAGE_BYTES = 1024 * 1024  # 64 KiB of body in one-byte chunks, and then some
_MAX_CONNECTIONS = 8192
_LINGER_SECONDS = 5.0
_LAST_CALL_SECONDS = 1.0
_TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds a caller may take."""

    head: float = 10.0  # from the connection, or from the first byte of a later request, to the end of its headers
    body: float = 15.0  # from there to the end of the body
    write: float = 15.0  # to make room for the answer
    keep_alive: float = 5.0  # of silence between two requests


class DeadlineProtocol(HttpToolsProtocol):
    """One connection. At any moment one of these holds: a deadline runs, or the application is at work."""

    deadlines = Deadlines()

    _deadline: asyncio.TimerHandle | None = None
    _write_deadline: asyncio.TimerHandle | None = None
    _in_head = False
    _received = 0  # bytes since the last complete request

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > _MAX_CONNECTIONS:
            transport.abort()
            return
        self._expect_within(self.deadlines.head)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_expecting()
        self._stop_write_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            self._linger()
        elif self._in_head and self._received > _MAX_HEAD_BYTES:
            self._refuse(_TOO_LARGE)
        elif self._received > _MAX_MESSAGE_BYTES:
            self.transport.abort()
        elif self._is_idle() and self.timeout_keep_alive_task is None:
            # Blank lines between requests start none, yet uvicorn has just stopped its keep-alive timer for them.
            self._expect_within(self.deadlines.head)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._expect_within(self.deadlines.head)

    def on_header(self, name: bytes, value: bytes) -> None:
        # RFC 9110 §6.5.1: trailers may be discarded; nothing here reads one, and uvicorn would take them for headers.
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_expecting()
        super().on_headers_complete()
        if self._is_stopping:
            self.cycle.keep_alive = False
        self._expect_within(self.deadlines.body)

    def on_message_complete(self) -> None:
        self._received = 0
        self._stop_expecting()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._linger()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._linger()

    def shutdown(self) -> None:
        """The server stops. A caller that is silent may be about to speak: what it sends now is still answered, as
        the last request of this connection. uvicorn would hang up on it, and no client sends a POST twice."""
        if not self._is_idle():
            cycle: Any = self.cycle
            if cycle is not None and not cycle.response_complete:
                cycle.keep_alive = False
            return
        self._stop_expecting()
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(_LAST_CALL_SECONDS, self.timeout_keep_alive_handler)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stop_write_deadline()
        self._write_deadline = self.loop.call_later(self.deadlines.write, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_write_deadline()
        super().resume_writing()

    @property
    def _is_stopping(self) -> bool:
        return isinstance(self.server_state, _State) and self.server_state.is_stopping

    def _is_idle(self) -> bool:
        cycle: Any = self.cycle  # None before the first request, whatever its annotation says
        return not self._in_head and (cycle is None or cycle.response_complete)

    def _expect_within(self, seconds: float) -> None:
        """Starts the deadline unless one runs: more bytes buy no more time."""
        if self._deadline is None:
            self._deadline = self.loop.call_later(seconds, self._cut)

    def _stop_expecting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _stop_write_deadline(self) -> None:
        if self._write_deadline is not None:
            self._write_deadline.cancel()
            self._write_deadline = None

    def _cut(self) -> None:
        cycle: Any = self.cycle
        is_answering = cycle is not None and cycle.response_started and not cycle.response_complete
        if self._received == 0 or is_answering:
            self.transport.abort()
        else:
            self._refuse(_TIMEOUT)

    def _refuse(self, answer: bytes) -> None:
        self._stop_expecting()
        self.transport.write(answer)
        self.transport.close()
        self._linger()

    def _linger(self) -> None:
        """A closing transport first empties its buffer, for ever if nobody reads."""
        self._stop_expecting()
        if self._write_deadline is None:
            self._write_deadline = self.loop.call_later(_LINGER_SECONDS, self.transport.abort)


def protocol_with(deadlines: Deadlines) -> type[DeadlineProtocol]:
    """uvicorn makes the protocol itself, so the deadlines travel in the class."""
    return type("ConfiguredProtocol", (DeadlineProtocol,), {"deadlines": deadlines})


def bind(host: str, port: int) -> socket.socket:
    """A listening address, taken before anything else is done; raises `OSError` (EADDRINUSE: somebody has it)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    listener.set_inheritable(True)
    return listener


class _State(ServerState):
    """What connections know of their server."""

    is_stopping = False  # one that was accepted at the last moment is not asked to shut down any more


class Server(uvicorn.Server):
    """uvicorn's server, which tells when it answers, and its connections when it stops."""

    on_ready: Callable[[], None] | None = None
    shares_its_port = False  # with other processes

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.server_state: _State = _State()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        if self.shares_its_port:
            await super().startup(sockets=[])
            self.servers: list[Any] = [self._share(listener) for listener in sockets or ()]
        else:
            await super().startup(sockets=sockets)
        _keep_for_good()
        if self.started and self.on_ready is not None:
            self.on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.server_state.is_stopping = True
        await super().shutdown(sockets=sockets)

    def _share(self, listener: socket.socket) -> SharedListener:
        protocol: Any = self.config.http_protocol_class
        make_protocol = partial(
            protocol,
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )
        shared = SharedListener(listener, make_protocol, tls=self.config.ssl)
        shared.start()
        return shared


def make_server(
    app: Any,  # noqa: ANN401 - any ASGI application
    *,
    deadlines: Deadlines | None = None,
    graceful_seconds: int = 10,
    tls: ssl.SSLContext | None = None,
) -> Server:
    """A server for `app` that names no product, believes no proxy (the edge does) and speaks no WebSocket."""
    deadlines = deadlines or Deadlines()
    config = uvicorn.Config(
        app,
        http=protocol_with(deadlines),
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=deadlines.keep_alive,  # type: ignore[arg-type]  # only ever given to call_later
        timeout_graceful_shutdown=graceful_seconds,
        ssl_context_factory=(lambda _config, _default: tls) if tls is not None else None,
    )
    return Server(config)


def run_server(
    app: Any,  # noqa: ANN401 - any ASGI application
    *,
    host: str,
    port: int,
    deadlines: Deadlines | None = None,
    on_ready: Callable[[], None] | None = None,
    tls: ssl.SSLContext | None = None,
) -> bool:
    """Serves until SIGINT or SIGTERM, then finishes what it has begun. False if the application could not start."""
    with bind(host, port) as listener:
        return run_server_on(listener, app, deadlines=deadlines, on_ready=on_ready, tls=tls)


def run_server_on(
    listener: socket.socket,
    app: Any,  # noqa: ANN401 - any ASGI application
    *,
    deadlines: Deadlines | None = None,
    on_ready: Callable[[], None] | None = None,
    tls: ssl.SSLContext | None = None,
    shares_its_port: bool = False,
) -> bool:
    """The same on an address that is taken already; `shares_its_port`: other processes listen there, too."""
    _allow_many_files()
    server = make_server(app, deadlines=deadlines, tls=tls)
    server.on_ready, server.shares_its_port = on_ready, shares_its_port
    # uvicorn raises the signal again once it is done, and leaves the process when the application cannot start.
    with contextlib.suppress(KeyboardInterrupt, SystemExit):
        server.run(sockets=[listener])
    return server.started


def _keep_for_good() -> None:
    """Takes what start-up has made out of every later search for garbage: with it a full one takes 90 ms (measured)."""
    gc.collect()
    gc.freeze()


def _allow_many_files() -> None:
    """Every connection is a file; the usual limit of 1,024 is a matter of habit, the hard one of policy."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, 65_536) if hard != resource.RLIM_INFINITY else 65_536
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
