"""A stranger's server on a loopback port, which misbehaves as asked and counts who came."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Stranger:
    """`requests` holds the first line of each."""

    port: int
    requests: list[str] = field(default_factory=list)

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


def answering(body: bytes, *headers: str, status: str = "200 OK") -> Behaviour:
    """One well-formed answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Content-Type: application/json", *headers]

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)

    return behave


async def never_ending(writer: asyncio.StreamWriter) -> None:
    """As many bytes as one takes."""
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        await writer.drain()


async def silent(_: asyncio.StreamWriter) -> None:
    """Takes the request, and says nothing."""
    await asyncio.Event().wait()


async def hanging_up(writer: asyncio.StreamWriter) -> None:
    """Ends in the middle of the headers."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Le")


async def talking_nonsense(writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")


@asynccontextmanager
async def stranger(behave: Behaviour) -> AsyncIterator[Stranger]:
    """Listens until the block ends."""
    found = Stranger(0)
    conversations: set[asyncio.Task[object]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if task := asyncio.current_task():
            conversations.add(task)
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            found.requests.append((await reader.readline()).decode("latin-1").strip())
            while (await reader.readline()).strip():
                pass
            await behave(writer)
            await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        for task in conversations:
            task.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)
        await asyncio.sleep(0)  # what the other side has closed is closed in the loop's next turn
