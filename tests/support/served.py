"""`idp serve` in processes of its own, as an operator starts it, and what its log tells."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from idp.clock import SystemClock
from idp.settings import Settings
from idp.web.listening import bind
from tests.support.clock import MovableClock
from tests.support.provider import Provider, TestClient, running_provider, test_settings

HOST = "login.example.com"
_GUARD_SECONDS = 120  # a worker imports for seconds, longer on a busy machine


@asynccontextmanager
async def installation(database_url: str, var: Path) -> AsyncIterator[Provider]:
    """The same installation in this process, at the real time: to prepare it, and to sign people in."""
    settings = test_settings(database_url, var, issuer=f"https://{HOST}")
    async with running_provider(settings, MovableClock(SystemClock().now())) as provider:
        yield provider


def environment_of(settings: Settings) -> dict[str, str]:
    """What a production installation needs. Nothing is ever sent to that mail server."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
    return inherited | {
        "IDP_ISSUER": settings.issuer,
        "IDP_DATABASE_URL": settings.database_url,
        "IDP_MASTER_KEY": settings.master_key.get_secret_value(),
        "IDP_SMTP_HOST": "mail.example.com",
        "IDP_MAIL_FROM": f"login@{HOST}",
        "IDP_VAR_DIRECTORY": str(settings.var_directory),
    }


async def run_idp(environment: Mapping[str, str], *arguments: str) -> str:
    """One command in a process of its own, which has to succeed; what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "idp.cli", *arguments), env=environment, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output
    return output.decode()


@dataclass(slots=True)
class Served:
    """The supervisor's process, its port, and every line of the log so far."""

    process: asyncio.subprocess.Process
    port: int
    lines: list[dict[str, Any]] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def logged(self, count: int = 1, **wanted: object) -> list[dict[str, Any]]:
        """Waits until that many lines have all of the wanted members; all such lines."""
        async with asyncio.timeout(_GUARD_SECONDS), self._news:
            while len(found := self.find(**wanted)) < count:
                assert not self.process.stderr or not self.process.stderr.at_eof(), self.lines[-20:]
                await self._news.wait()
            return found

    def find(self, **wanted: object) -> list[dict[str, Any]]:
        return [line for line in self.lines if wanted.items() <= line.items()]

    async def workers(self, count: int) -> list[int]:
        """The process ids of the first `count` that answered."""
        return [line["worker"] for line in await self.logged(count, event="worker_answers")][:count]

    def caller(self) -> httpx.AsyncClient:
        """Somebody behind the proxy."""
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", headers={"host": HOST}, timeout=30)

    async def post(self, client: TestClient, path: str = "/token", **form: str) -> tuple[int, httpx.Response]:
        """Over a connection of its own: which worker answered, and what."""
        async with self.caller() as http:
            response = await http.post(path, data=form, auth=(client.id, client.secret))
        (line, *_) = await self.logged(event="request", request_id=response.headers["x-request-id"])
        return line["pid"], response

    async def read_log(self) -> None:
        """Until every process that writes to it has ended."""
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            async with self._news:
                self.lines.append(json.loads(line) if line.startswith(b"{") else {"text": line.decode().strip()})
                self._news.notify_all()
        async with self._news:
            self._news.notify_all()


@asynccontextmanager
async def serving(environment: Mapping[str, str], *, workers: int) -> AsyncIterator[Served]:
    """Every worker answers when the block begins; at its end the supervisor is killed, if it has not ended."""
    with bind("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "idp.cli", "serve", "--port", str(port), "--workers", str(workers)),
        env=environment,
        stderr=asyncio.subprocess.PIPE,
    )
    served = Served(process, port)
    reading = asyncio.create_task(served.read_log())
    try:
        await served.workers(workers)
        yield served
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await reading  # the workers have ended, too
