"""A client's notification endpoint on a loopback port, which keeps what it was told (CIBA §10.2)."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Ping:
    """One request as it came."""

    line: str
    headers: dict[str, str]
    body: Any


@dataclass(slots=True)
class Pinged:
    """`answers` are the next status lines; afterwards it is 204."""

    port: int = 0
    answers: list[str] = field(default_factory=list)
    pings: list[Ping] = field(default_factory=list)

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}/ping"


@asynccontextmanager
async def pinged(*answers: str) -> AsyncIterator[Pinged]:
    """Listens until the block ends."""
    party = Pinged(answers=list(answers))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            line = (await reader.readline()).decode().strip()
            headers = {}
            while header := (await reader.readline()).decode().strip():
                name, _, value = header.partition(":")
                headers[name.lower()] = value.strip()
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            party.pings.append(Ping(line, headers, json.loads(body)))
            status = party.answers.pop(0) if party.answers else "204 No Content"
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    party.port = server.sockets[0].getsockname()[1]
    try:
        yield party
    finally:
        server.close()
        await asyncio.sleep(0)  # what the other side has closed is closed in the loop's next turn
