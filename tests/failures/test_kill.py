"""kill -9 at a random moment: nothing acknowledged is lost, and nothing is spent twice."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from idp.audit.store import list_events
from idp.grants.table import grants
from tests.failures.dying import STEPS
from tests.support.browser import Browser
from tests.support.clock import RunningClock
from tests.support.provider import Provider, TestClient, running_provider, test_settings
from tests.support.relying_party import RelyingParty

_ROUNDS = int(os.environ.get("KILL_ROUNDS", "4"))  # CONTRIBUTING.md
_FAMILIES = 4
_ANSWERS_BEFORE_THE_KILL = 12


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@asynccontextmanager
async def served(database_url: str, var: Path, port: int, *more: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A provider in another process, ready; killed at the end if the test has not done so."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.failures.served", database_url, str(var), str(port), *more),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            assert await process.stdout.readline() == b"READY\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@dataclass(slots=True)
class Caller:
    """One relying party over the network, which remembers what it was told."""

    url: str
    client: TestClient
    answers: int = 0
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(self, http: httpx.AsyncClient, **form: str) -> httpx.Response | None:
        """None: the answer never came."""
        try:
            response = await http.post(f"{self.url}/token", data=form, auth=(self.client.id, self.client.secret))
        except httpx.TransportError:
            return None
        self.answers += 1
        # An answer that should not be ends the waiting, too: whoever asked says what was wrong with it.
        if self.answers >= _ANSWERS_BEFORE_THE_KILL or response.status_code != 200:
            self.enough.set()
        return response

    async def refresh_for_ever(self, http: httpx.AsyncClient, token: str) -> str:
        """The last refresh token that was acknowledged when the answers stopped."""
        while (response := await self.post(http, grant_type="refresh_token", refresh_token=token)) is not None:
            assert response.status_code == 200, response.text
            token = response.json()["refresh_token"]
        return token


@asynccontextmanager
async def prepared(database_url: str, var: Path, port: int) -> AsyncIterator[tuple[Provider, RelyingParty]]:
    """The same installation in this process, at the real time, to sign people in."""
    settings = test_settings(database_url, var, issuer=f"http://localhost:{port}")
    async with running_provider(settings, RunningClock()) as provider:
        await provider.account()
        yield provider, RelyingParty(provider, await provider.client())


@pytest.mark.requirement("RX-01")
async def test_killed_during_refreshes(database_url: str, tmp_path: Path) -> None:
    """After each kill the last acknowledged token of every family still refreshes: not lost, not taken for stolen."""
    port = free_port()
    async with prepared(database_url, tmp_path, port) as (provider, rp):
        async with Browser(provider.app, base_url=provider.issuer) as browser:
            tokens = [(await rp.tokens(browser))["refresh_token"] for _ in range(_FAMILIES)]
        caller = Caller(f"http://127.0.0.1:{port}", rp.client)
        async with httpx.AsyncClient(headers={"host": f"localhost:{port}"}, timeout=10) as http:
            for _ in range(_ROUNDS):
                caller.answers, caller.enough = 0, asyncio.Event()
                async with served(database_url, tmp_path, port) as process:
                    families = [asyncio.create_task(caller.refresh_for_ever(http, token)) for token in tokens]
                    await caller.enough.wait()
                    process.kill()
                    tokens = await asyncio.gather(*families)
            async with served(database_url, tmp_path, port):
                last = [await caller.post(http, grant_type="refresh_token", refresh_token=token) for token in tokens]
    assert [response and response.status_code for response in last] == [200] * _FAMILIES


@pytest.mark.requirement("RX-01")
@pytest.mark.parametrize("step", STEPS)
async def test_killed_at_a_step_of_a_batch(database_url: str, tmp_path: Path, step: str) -> None:
    """Wherever the batch was: what was told is kept, and what was not can be asked again."""
    port = free_port()
    async with prepared(database_url, tmp_path, port) as (provider, rp):
        async with Browser(provider.app, base_url=provider.issuer) as browser:
            tokens = [(await rp.tokens(browser))["refresh_token"] for _ in range(_FAMILIES)]
        caller = Caller(f"http://127.0.0.1:{port}", rp.client)
        async with httpx.AsyncClient(headers={"host": f"localhost:{port}"}, timeout=10) as http:
            async with served(database_url, tmp_path, port, step) as process:
                tokens = await asyncio.gather(*(caller.refresh_for_ever(http, token) for token in tokens))
                assert await process.wait() == -signal.SIGKILL
            async with served(database_url, tmp_path, port):
                last = [await caller.post(http, grant_type="refresh_token", refresh_token=token) for token in tokens]
    assert [response and response.status_code for response in last] == [200] * _FAMILIES


@pytest.mark.requirement("RX-02")
async def test_killed_during_redemptions(database_url: str, tmp_path: Path) -> None:
    """Each code succeeds once at the most, and an acknowledged redemption is still there after the kill."""
    port = free_port()
    async with prepared(database_url, tmp_path, port) as (provider, rp):
        codes = []
        async with Browser(provider.app, base_url=provider.issuer) as browser:
            for _ in range(24):
                codes.append((await rp.sign_in(browser)).query["code"])
        caller = Caller(f"http://127.0.0.1:{port}", rp.client)
        form = {
            "grant_type": "authorization_code",
            "redirect_uri": rp.client.redirect_uri,
            "code_verifier": rp.verifier,
        }
        async with httpx.AsyncClient(headers={"host": f"localhost:{port}"}, timeout=10) as http:
            async with served(database_url, tmp_path, port) as process:
                first = [asyncio.create_task(caller.post(http, **form, code=code)) for code in codes]
                await caller.enough.wait()
                process.kill()
                answered = await asyncio.gather(*first)
            redeemed = [response for response in answered if response is not None and response.status_code == 200]
            async with served(database_url, tmp_path, port):
                kept = [
                    await caller.post(http, grant_type="refresh_token", refresh_token=response.json()["refresh_token"])
                    for response in redeemed
                ]
                unanswered = [code for code, response in zip(codes, answered, strict=True) if response is None]
                again = [await caller.post(http, **form, code=code) for code in unanswered]
    assert len(redeemed) >= _ANSWERS_BEFORE_THE_KILL
    assert {response and response.status_code for response in kept} == {200}
    assert {response and response.status_code for response in again} <= {200, 400}


async def _refreshes_on_record(provider: Provider) -> int:
    async with provider.wiring.database.reading() as db:
        return sum(row.details["count"] for row in await list_events(db, event="tokens_refreshed"))


async def test_killed_with_token_events_in_memory(database_url: str, tmp_path: Path) -> None:
    """What was written stays; of what was collected after it nothing is written twice, and its grants still tell."""
    port = free_port()
    async with prepared(database_url, tmp_path, port) as (provider, rp):
        async with Browser(provider.app, base_url=provider.issuer) as browser:
            tokens = [(await rp.tokens(browser))["refresh_token"] for _ in range(_FAMILIES)]
        caller = Caller(f"http://127.0.0.1:{port}", rp.client)

        async def refresh_all(http: httpx.AsyncClient) -> None:
            for number, token in enumerate(tokens):
                answer = await caller.post(http, grant_type="refresh_token", refresh_token=token)
                assert answer is not None
                assert answer.status_code == 200
                tokens[number] = answer.json()["refresh_token"]

        async with httpx.AsyncClient(headers={"host": f"localhost:{port}"}, timeout=10) as http:
            async with served(database_url, tmp_path, port, "background") as process:
                await refresh_all(http)
                async with asyncio.timeout(30):
                    # Another process writes them: there is nothing to wait for but the rows.
                    while await _refreshes_on_record(provider) < _FAMILIES:  # noqa: ASYNC110
                        await asyncio.sleep(0.05)
                await refresh_all(http)
                process.kill()
                await process.wait()
            assert _FAMILIES <= await _refreshes_on_record(provider) <= 2 * _FAMILIES
            async with provider.wiring.database.reading() as db:
                assert set(await db.scalars(select(grants.c.generation))) == {3}
            before = await _refreshes_on_record(provider)
            async with served(database_url, tmp_path, port, "background") as process:
                await refresh_all(http)
                process.terminate()
                await process.wait()
            # One that is told to stop writes all that it has.
            assert await _refreshes_on_record(provider) == before + _FAMILIES
