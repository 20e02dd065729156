"""A server on a loopback port, and raw connections to it."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from idp.web.connection import Deadlines
from idp.web.listening import bind
from idp.web.plain import ASGIApp, Receive, Scope, Send
from idp.web.server import make_server

SHORT = Deadlines(head=0.2, body=0.2, write=0.2, keep_alive=0.2)
PATIENT = Deadlines(head=30, body=30, write=30, keep_alive=30)
GUARD_SECONDS = 10  # a hung connection fails the test instead of the run
GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


@dataclass
class Peer:
    """One raw connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    received: bytearray = field(default_factory=bytearray)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        with contextlib.suppress(ConnectionError):
            await self.writer.drain()

    async def read_until_closed(self) -> bytes:
        """Everything that comes before the server closes."""
        async with asyncio.timeout(GUARD_SECONDS):
            with contextlib.suppress(ConnectionError):
                while chunk := await self.reader.read(65536):
                    self.received += chunk
        return bytes(self.received)

    async def read_answer(self) -> bytes:
        """One answer with a Content-Length."""
        async with asyncio.timeout(GUARD_SECONDS):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            return head + await self.reader.readexactly(length)


def with_lifespan(app: ASGIApp) -> ASGIApp:
    """`app` for a server that speaks of its start and its end."""

    async def spanning(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            return await app(scope, receive, send)
        for event in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{event}.complete"})
        return None

    return spanning


@asynccontextmanager
async def serving(
    app: ASGIApp, deadlines: Deadlines = SHORT, *, tls: ssl.SSLContext | None = None, shares_its_port: bool = False
) -> AsyncIterator[int]:
    """The port of a running server; it is stopped, and must have stopped, at the end."""
    listener = bind("127.0.0.1", 0)
    ready = asyncio.Event()
    server = make_server(app, deadlines=deadlines, graceful_seconds=2, tls=tls)
    server.on_ready, server.shares_its_port = ready.set, shares_its_port
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await ready.wait()
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Peer]:
    """A connection, closed at the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Peer(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
