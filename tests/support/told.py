"""A relying party's back-channel logout endpoint on a loopback port, which keeps what it was told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.support.relying_party import claims_of

SILENCE = 0  # an answer that never comes
RESET = -1  # the connection ends without one


@dataclass(slots=True)
class Told:
    """`answers` are the next statuses; afterwards it is 200."""

    port: int = 0
    answers: list[int] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}/backchannel"

    @property
    def tokens(self) -> list[str]:
        """The logout tokens, in the order in which they came; each request carries one and nothing else."""
        found = []
        for _, _, body in self.requests:
            ((name, token),) = parse_qsl(body, strict_parsing=True)
            assert name == "logout_token"
            found.append(token)
        return found

    @property
    def claims(self) -> list[dict[str, Any]]:
        return [claims_of(token) for token in self.tokens]


@asynccontextmanager
async def told_party(*answers: int) -> AsyncIterator[Told]:
    """Listens until the block ends."""
    party = Told(answers=list(answers))
    conversations: set[asyncio.Task[object]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if task := asyncio.current_task():
            conversations.add(task)
        with contextlib.suppress(ConnectionError, asyncio.CancelledError, asyncio.IncompleteReadError):
            first = (await reader.readline()).decode("latin-1").strip()
            headers = {}
            while line := (await reader.readline()).decode("latin-1").strip():
                name, _, value = line.partition(":")
                headers[name.lower()] = value.strip()
            body = (await reader.readexactly(int(headers.get("content-length", 0)))).decode()
            party.requests.append((first, headers, body))
            party.heard.set()
            await _answer(writer, party.answers.pop(0) if party.answers else 200)
        writer.close()
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    party.port = server.sockets[0].getsockname()[1]
    try:
        yield party
    finally:
        server.close()
        for task in conversations:
            task.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)
        await asyncio.sleep(0)  # what the other side has closed is closed in the loop's next turn


async def _answer(writer: asyncio.StreamWriter, status: int) -> None:
    if status == SILENCE:
        await asyncio.Event().wait()
    if status != RESET:
        location = "Location: /elsewhere\r\n" if 300 <= status < 400 else ""
        writer.write(f"HTTP/1.1 {status} Answer\r\n{location}Content-Length: 0\r\n\r\n".encode())
        await writer.drain()
