"""A real HTTP server on the loopback interface that plays an SMS provider, and answers as a test scripts."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

LOST = 0  # the request is taken, and the connection ends without an answer
HANG = -1  # no answer ever
WITH_ID = '{"to": "{to}", "text": "{text}", "id": "{id}"}'


@dataclass(frozen=True)
class Received:
    """One request as it came in."""

    method: str
    target: str
    headers: dict[str, str]
    body: str

    @property
    def message_id(self) -> str:
        """Of a request that `WITH_ID` is the body of."""
        return str(json.loads(self.body)["id"])


class SmsProvider:
    """`answers` holds the next (status, body); an empty queue means 200 `ok`."""

    def __init__(self) -> None:
        self.answers: deque[tuple[int, str]] = deque()
        self.requests: list[Received] = []
        self.port = 0
        self.hung = asyncio.Event()
        self._connections: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/send"

    @asynccontextmanager
    async def running(self) -> AsyncIterator["SmsProvider"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for writer in list(self._connections):
                writer.transport.abort()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        try:
            while await self._answer_one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._connections.discard(writer)
            writer.transport.abort()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = (await reader.readexactly(int(headers.get("content-length", "0")))).decode()
        method, target, _ = first.split(" ")
        self.requests.append(Received(method, target, headers, body))
        status, answer = self.answers.popleft() if self.answers else (200, "ok")
        if status == LOST:
            return False
        if status == HANG:
            self.hung.set()
            await reader.read()  # until the client gives up
            return False
        location = "Location: /elsewhere\r\n" if 300 <= status < 400 else ""
        writer.write(
            f"HTTP/1.1 {status} X\r\n{location}Content-Length: {len(answer.encode())}\r\n\r\n{answer}".encode()
        )
        await writer.drain()
        return True
