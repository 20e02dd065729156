"""Runs an ASGI application under uvicorn, on an address of its own or on one that it shares."""

import contextlib
import gc
import resource
import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import Any

import uvicorn

from idp.web.connection import Deadlines, State, connection_with, never_at_once
from idp.web.listening import bind
from idp.web.sharing import SharedListener

_YOUNG_OBJECTS = 20_000


class Server(uvicorn.Server):
    """uvicorn's server, which tells when it answers, and its connections when it stops."""

    on_ready: Callable[[], None] | None = None
    shares_its_port = False  # with other processes

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.server_state: State = State()

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
    at_once = getattr(getattr(app, "state", None), "answer_at_once", never_at_once)
    config = uvicorn.Config(
        app,
        http=connection_with(deadlines, at_once),
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
    """Takes what start-up has made out of every later search for garbage: with it a full one takes 90 ms (measured).

    And searches less often than Python would. Requests under way are many young objects and hardly any garbage: with 64
    at a time the searches took a tenth of the processor.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS)


def _allow_many_files() -> None:
    """Every connection is a file; the usual limit of 1,024 is a matter of habit, the hard one of policy."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, 65_536) if hard != resource.RLIM_INFINITY else 65_536
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
