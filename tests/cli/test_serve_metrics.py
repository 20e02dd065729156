"""`idp serve --metrics-port`: what a process counts, on a port that is not the public one."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import httpx
import pytest

from idp.cli.metrics import open_metrics
from idp.metrics import MetricsListener
from tests.failures.test_kill import free_port


@asynccontextmanager
async def _serving(*options: str) -> AsyncIterator[None]:
    """`idp serve` in a process of its own, which has started; stopped at the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "idp.cli", "serve", *options), stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    async with asyncio.timeout(60):
        while line := await process.stderr.readline():
            if b"startup complete" in line:
                break
        assert line, "it ended"
    yield
    process.terminate()
    await process.communicate()


@pytest.mark.requirement("WE-16")
@pytest.mark.parametrize("workers", ["1", "2"])
async def test_metrics_are_on_their_own_port(environment: dict[str, str], workers: str) -> None:
    """There they count what the public port answers, which says 404 to the same address; off at the end.

    Whichever worker answers, all are counted.
    """
    port, metrics_port = str(free_port()), str(free_port())
    metrics = f"http://127.0.0.1:{metrics_port}/metrics"
    knocking = httpx.AsyncHTTPTransport(retries=5)  # it has started, and listens in the next moment
    async with (
        httpx.AsyncClient(headers={"host": "login.example.com"}, transport=knocking) as http,
        _serving("--port", port, "--metrics-port", metrics_port, "--workers", workers),
    ):
        assert (await http.get(f"http://127.0.0.1:{port}/metrics")).status_code == 404
        assert (await http.get(f"http://127.0.0.1:{port}/jwks")).status_code == 200
        await http.get(f"http://127.0.0.1:{port}/ready")  # over the same connection: what came before is counted by now
        told = (await http.get(metrics)).text
        assert 'idp_requests_total{endpoint="/jwks",status="2xx"} 1.0' in told
        assert 'idp_requests_total{endpoint="none",status="4xx"} 1.0' in told
    async with httpx.AsyncClient() as http:
        with pytest.raises(httpx.ConnectError):
            await http.get(metrics)


async def test_a_taken_port_is_one_sentence(environment: dict[str, str]) -> None:
    """Nothing is served then; who has the port keeps it."""
    with closing(MetricsListener("127.0.0.1", 0)) as other:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "idp.cli", "serve", "--port", str(free_port()), "--metrics-port", str(other.port)),
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(60):
            _, errors = await process.communicate()
    assert process.returncode == 1
    assert errors.decode().count("\n") == 1
    assert f"Port {other.port} on 127.0.0.1 cannot be opened" in errors.decode()
    assert "choose another with --metrics-port" in errors.decode()


@pytest.mark.parametrize("processes", [1, 2])
def test_off_unless_asked_for(processes: int) -> None:
    """Without the option no port is opened, and processes leave no files anywhere."""
    with open_metrics("127.0.0.1", None, processes=processes) as forget:
        assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ
        assert forget(os.getpid()) is None
