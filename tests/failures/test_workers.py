"""Workers that die, stop or are replaced under load, as `idp serve --workers 2` runs them."""

import asyncio
import base64
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.support.provider import TestClient
from tests.support.served import HOST, Served, environment_of, installation, serving

_CALLERS = 4


@asynccontextmanager
async def two_workers(database_url: str, var: Path) -> AsyncIterator[tuple[Served, TestClient]]:
    """And a client that gets tokens for itself."""
    async with installation(database_url, var) as provider:
        client = await provider.client("nightly", application_type="service", scope="reports.read")
        async with serving(environment_of(provider.wiring.settings), workers=2) as served:
            yield served, client


@dataclass(slots=True)
class Load:
    """Callers that ask one request after the other; half of them keep their connection."""

    served: Served
    client: TestClient
    statuses: list[int] = field(default_factory=list)
    failures: list[httpx.TransportError] = field(default_factory=list)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Until the block ends; every request that was begun is waited for."""
        is_over = asyncio.Event()
        callers = [asyncio.create_task(self._call(is_over, keeps=number % 2 == 0)) for number in range(_CALLERS)]
        try:
            yield
        finally:
            is_over.set()
            await asyncio.gather(*callers)

    async def _call(self, is_over: asyncio.Event, *, keeps: bool) -> None:
        async with self.served.caller() as http:
            if not keeps:
                http.headers["connection"] = "close"
            while not is_over.is_set():
                await self._ask(http)

    async def _ask(self, http: httpx.AsyncClient) -> None:
        form, auth = {"grant_type": "client_credentials"}, (self.client.id, self.client.secret)
        try:
            self.statuses.append((await http.post("/token", data=form, auth=auth)).status_code)
        except httpx.TransportError as error:
            self.failures.append(error)


@pytest.mark.requirement("RN-04")
async def test_a_killed_worker_is_replaced(sqlite_url: str, tmp_path: Path) -> None:
    """kill -9 of one of two: its callers' requests of that moment are lost and no other; a new one comes and works."""
    async with two_workers(sqlite_url, tmp_path) as (served, client):
        victim, other = await served.workers(2)
        load = Load(served, client)
        async with load.running():
            for worker in (victim, other):
                await served.logged(event="request", pid=worker)
            os.kill(victim, signal.SIGKILL)
            await served.logged(event="worker_died", worker=victim, exit_code=-signal.SIGKILL)
            so_far = len(served.find(event="request", pid=other))
            await served.logged(so_far + 1, event="request", pid=other)
            *_, successor = await served.workers(3)
            await served.logged(event="request", pid=successor)
    assert successor not in {victim, other}
    assert len(load.failures) <= _CALLERS
    assert set(load.statuses) == {200}


async def test_a_restart_loses_no_request(sqlite_url: str, tmp_path: Path) -> None:
    """SIGHUP under load: both workers are others afterwards, and no caller has noticed."""
    async with two_workers(sqlite_url, tmp_path) as (served, client):
        before = await served.workers(2)
        load = Load(served, client)
        async with load.running():
            served.process.send_signal(signal.SIGHUP)
            await served.logged(event="workers_restarted")
            after = (await served.workers(4))[2:]
            for worker in after:
                await served.logged(event="request", pid=worker)
        for worker in before:
            with pytest.raises(ProcessLookupError):
                os.kill(worker, 0)
    assert set(before).isdisjoint(after)
    assert load.failures == []
    assert set(load.statuses) == {200}


async def test_stopping_finishes_what_has_begun(sqlite_url: str, tmp_path: Path) -> None:
    """SIGTERM in the middle of a request: the rest of it is still read and answered, then everybody is gone."""
    async with two_workers(sqlite_url, tmp_path) as (served, client):
        body = b"grant_type=client_credentials"
        credentials = base64.b64encode(f"{client.id}:{client.secret}".encode()).decode()
        head = (
            f"POST /token HTTP/1.1\r\nhost: {HOST}\r\nauthorization: Basic {credentials}\r\n"
            "content-type: application/x-www-form-urlencoded\r\n"
            f"content-length: {len(body)}\r\nexpect: 100-continue\r\n\r\n"
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(head.encode())
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")  # the endpoint waits for the body
        served.process.send_signal(signal.SIGTERM)
        await served.logged(2, event="Shutting down")
        writer.write(body)
        answer = await reader.read()
        writer.close()
        assert await served.process.wait() == 0
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in answer.lower()
    assert served.find(event="worker_died") == []


async def test_nobody_is_left_when_the_supervisor_is_killed(sqlite_url: str, tmp_path: Path) -> None:
    """kill -9 of the supervisor: its workers stop in good order, and the port is free for the next one."""
    async with two_workers(sqlite_url, tmp_path) as (served, _):
        served.process.kill()
        await served.logged(2, event="Application shutdown complete.")
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", served.port)
