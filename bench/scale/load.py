"""Refreshes random grants over HTTP in a closed loop: each connection sends its next request when the answer is there.

The grants are dealt out among the connections, so that no two refresh the same one at once. Every answer must be 200
and hold the successor of the refresh token that was sent; any other ends the run.
"""

import asyncio
import base64
import json
import secrets
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from bench.scale.provider import CLIENT_SECRET
from bench.scale.rows import USER_AGENT, client_of, grant_id
from idp.grants.handle import HandleKind, Handles

CONNECTIONS = 16


class WrongAnswer(Exception):
    """The provider did not refresh as it should."""


@dataclass(slots=True)
class Tokens:
    """The refresh token that is good for each grant: its generation is all that has to be remembered."""

    handles: Handles
    generations: "array[int]"

    def of(self, number: int) -> str:
        return self.handles.mint(HandleKind.REFRESH_TOKEN, grant_id(number), generation=self.generations[number])


@dataclass(frozen=True, slots=True)
class Measured:
    """What a load saw; latencies in seconds, sorted."""

    latencies: list[float]
    seconds: float

    @property
    def figures(self) -> dict[str, float]:
        return {
            "requests": len(self.latencies),
            "per_second": round(len(self.latencies) / self.seconds, 1),
            "p50_ms": self._percentile(50),
            "p99_ms": self._percentile(99),
            "max_ms": self._percentile(100),
        }

    def _percentile(self, percent: int) -> float:
        place = min(len(self.latencies) * percent // 100, len(self.latencies) - 1)
        return round(self.latencies[place] * 1000, 2)


async def read_tokens(connection: Any, handles: Handles, grants: int) -> Tokens:  # noqa: ANN401
    """As earlier runs have left them. The table is read along its pages, which warms no index."""
    generations = array("L", [1]) * grants
    async with connection.transaction():
        statement = "SELECT nonce::bigint AS number, generation FROM grants WHERE generation > 1"
        async for row in connection.cursor(statement, prefetch=10_000):
            if row["number"] < grants:
                generations[row["number"]] = row["generation"]
    return Tokens(handles, generations)


async def refresh(tokens: Tokens, port: int, is_over: Callable[[int], bool]) -> Measured:
    """Refreshes until `is_over`, which is told how many refreshes there were, says so."""
    latencies: list[float] = []
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for share in range(CONNECTIONS):
            group.create_task(_refresh_share(tokens, port, share, latencies=latencies, is_over=is_over))
    return Measured(sorted(latencies), time.perf_counter() - started)


def after(seconds: float) -> Callable[[int], bool]:
    ends = time.perf_counter() + seconds
    return lambda _: time.perf_counter() >= ends


async def _refresh_share(
    tokens: Tokens, port: int, share: int, *, latencies: list[float], is_over: Callable[[int], bool]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    per_share = len(tokens.generations) // CONNECTIONS
    try:
        while not is_over(len(latencies)):
            number = secrets.randbelow(per_share) * CONNECTIONS + share
            request = _request(client_of(number), tokens.of(number))
            started = time.perf_counter()
            writer.write(request)
            status, body = await _answer(reader)
            latencies.append(time.perf_counter() - started)
            tokens.generations[number] += 1
            if status != 200 or json.loads(body)["refresh_token"] != tokens.of(number):
                raise WrongAnswer(f"grant {number}: {status} {body[:200]!r}")
    finally:
        writer.close()


def _request(client_id: str, refresh_token: str) -> bytes:
    # A web application passes the browser's name on.
    body = f"grant_type=refresh_token&refresh_token={refresh_token}&user_agent={quote_plus(USER_AGENT)}"
    credentials = base64.b64encode(f"{client_id}:{quote_plus(CLIENT_SECRET)}".encode()).decode()
    head = (
        "POST /token HTTP/1.1",
        "Host: localhost:8000",
        f"Authorization: Basic {credentials}",
        "User-Agent: bench-scale",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
    )
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    length = next(int(line[15:]) for line in lines if line.lower().startswith(b"content-length:"))
    return int(lines[0].split()[1]), await reader.readexactly(length)
