"""What is counted, that it names nobody, and that the public never sees it."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import httpx
import pytest
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from sqlalchemy import text

from idp.database.engine import Database
from idp.database.unavailable import DatabaseUnavailable
from idp.messaging.table import outbox
from idp.metrics import BUCKETS, REGISTRY, MetricsListener, count_request, counting_together, forget_process
from tests.support.asgi import call, get, http_scope
from tests.support.browser import Browser
from tests.support.counted import counted, rises
from tests.support.provider import PASSWORD, Provider
from tests.support.registration import fill_in_registration
from tests.support.relying_party import RelyingParty, claims_of
from tests.support.routes import routes_of
from tests.support.signing_in import try_password

HOST = ("host", "localhost:8000")


def shown() -> str:
    """What Prometheus is told."""
    return generate_latest(REGISTRY).decode()


def values_of(label: str) -> set[str]:
    """Every value that a label has."""
    return set(re.findall(rf'^idp_\w+{{.*?\b{label}="([^"]*)"', shown(), re.MULTILINE))


@pytest.mark.parametrize(
    ("method", "path", "endpoint", "status"),
    [
        ("GET", "/jwks", "/jwks", "2xx"),
        ("POST", "/token", "/token", "4xx"),
        ("GET", "/token", "/token", "4xx"),
        ("GET", "/login", "/login", "2xx"),
        ("GET", "/account/security", "/account/security", "3xx"),
        ("GET", "/desk/requests/made-up-by-the-caller", "/desk/requests/{number}", "3xx"),
        ("GET", "/static/made-up-by-the-caller", "/static", "4xx"),
        ("GET", "/made-up-by-the-caller", "none", "4xx"),
        ("TRACE", "/login", "none", "4xx"),
    ],
)
async def test_requests_are_counted_by_route_and_status(
    provider: Provider, method: str, path: str, endpoint: str, status: str
) -> None:
    """By the template of the route, whatever stands in its place in the address; their time, too."""
    with (
        rises("idp_requests_total", endpoint=endpoint, status=status),
        rises("idp_request_duration_seconds_count", endpoint=endpoint),
    ):
        await call(provider.app, http_scope(method, path, [HOST]))


async def test_whoever_reads_finds_every_request_counted(provider: Provider) -> None:
    """Requests are passed on when somebody reads: not one is missing from all metrics, or from some."""
    name, labels = "idp_requests_total", {"endpoint": "/jwks", "status": "2xx"}
    before = int(counted(name, **labels))
    for times in range(1, 70):
        await get(provider.app, "/jwks", HOST)
        if times in {1, 2, 69}:
            some = generate_latest(REGISTRY.restricted_registry([name])).decode() if times == 2 else shown()
            assert f'{name}{{endpoint="/jwks",status="2xx"}} {before + times}.0' in some.splitlines()


def test_a_tally_is_what_a_histogram_would_have_observed() -> None:
    """At, below and above each bucket's bound; read in between, and after it."""
    name, route = "idp_request_duration_seconds", "/of-this-test"
    expected = Histogram(name, "", ("endpoint",), buckets=BUCKETS, registry=CollectorRegistry()).labels(route)
    for number, bound in enumerate((*BUCKETS, 100.0)):
        for seconds in (bound * 0.99, bound, bound * 1.01):
            count_request(route, 200, seconds)
            expected.observe(seconds)
        if number % 4 == 0:
            shown()
    for suffix, labels, value, *_ in expected._samples():
        assert counted(name + suffix, endpoint=route, **labels) == pytest.approx(value), (suffix, labels)


async def test_a_request_to_another_host_is_counted(provider: Provider) -> None:
    """What the edge refuses is load as well."""
    with rises("idp_requests_total", endpoint="none", status="4xx"):
        assert (await get(provider.app, "/login", ("host", "elsewhere.example"))).status == 421


@pytest.mark.requirement("DS-08", "LG-01")
async def test_labels_come_from_lists_and_name_nobody(provider: Provider, browser: Browser, rp: RelyingParty) -> None:
    """Journeys, failures and made-up paths later: routes, and no client, person, address, token or typed word."""
    of_other_applications = values_of("endpoint")  # this process has counted for them, too
    tokens = await rp.tokens(browser)
    await rp.refresh(tokens["refresh_token"])
    await rp.introspect(tokens["access_token"])
    await rp.userinfo(tokens["access_token"])
    await rp.post("/token", {"grant_type": "canary-grant", "scope": "canary-scope"})
    async with Browser(provider.app, address="203.0.113.77") as stranger:
        await try_password(stranger, "canary-name", "canary-password")
        for number in range(50):
            await stranger.http.get(f"/canary-path-{number}")
            await stranger.http.get(f"/desk/requests/canary-{number}")
    await provider.wiring.token_events.flush()
    told = shown()
    account_id, refresh_token = claims_of(tokens["access_token"])["sub"], tokens["refresh_token"]
    for canary in ("canary", "203.0.113.77", "198.51.100.7", "lucie", "shop", PASSWORD, account_id, refresh_token):
        assert canary not in told, canary
    templates = {path.removesuffix("/{rest}") for path, _ in routes_of(provider.app.router.routes)}
    assert values_of("endpoint") - of_other_applications <= templates | {"none"}
    assert values_of("status") <= {"2xx", "3xx", "4xx", "5xx", "gone"}


async def test_logins_are_counted_by_what_became_of_them(rp: RelyingParty, browser: Browser) -> None:
    """The events of the audit log, by name and outcome."""
    with rises("idp_audit_events_total", event="login_failed", outcome="failure"):
        await rp.sign_in(browser, password="not the password")
    with rises("idp_audit_events_total", event="login_succeeded", outcome="success"):
        await rp.sign_in(browser)
    tokens = await rp.tokens(browser)
    await rp.refresh(tokens["refresh_token"])
    await rp.refresh(tokens["refresh_token"])
    with rises("idp_audit_events_total", by=2, event="tokens_refreshed", outcome="success"):
        await rp.provider.wiring.token_events.flush()


async def test_waiting_messages_are_counted(provider: Provider, browser: Browser) -> None:
    """By channel, those of all processes; none once they have left."""
    worker = provider.wiring.outbox
    await browser.open("/login")
    await fill_in_registration(browser)
    await worker.count_waiting()
    assert counted("idp_outbox_waiting", channel="mail") == 1
    assert counted("idp_outbox_waiting", channel="sms") == 0
    async with provider.wiring.database.writing() as db:
        await db.execute(outbox.update().values(state="failed"))
    await worker.count_waiting()
    assert counted("idp_outbox_waiting", channel="mail") == 0


async def test_a_database_that_is_gone_is_counted(sqlite_url: str) -> None:
    """Each time that somebody was refused for it."""
    database, other = Database(sqlite_url), Database(sqlite_url)
    async with other.writing() as held:
        await held.execute(text("SELECT 1"))
        with rises("idp_database_unavailable_total"), pytest.raises(DatabaseUnavailable):
            async with database.writing() as db:
                await db.execute(text("SELECT 1"))
    await database.close()
    await other.close()


@pytest.mark.requirement("WE-16")
@pytest.mark.parametrize("path", ["/metrics", "/docs", "/redoc", "/openapi.json", "/.git/config", "/debug"])
async def test_the_public_sees_none_of_it(provider: Provider, path: str) -> None:
    """Neither metrics nor descriptions nor sources: there is no such address."""
    assert (await get(provider.app, path, HOST)).status == 404


@pytest.mark.requirement("WE-16")
async def test_a_listener_of_its_own_shows_them() -> None:
    """On its own port, until it is closed; a port that somebody has is an ordinary error."""
    with closing(MetricsListener("127.0.0.1", 0)) as listener:
        port = listener.port
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as prometheus:
            answer = await prometheus.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain")
        for name in ("idp_requests_total", "idp_password_hashing_waiting", "process_resident_memory_bytes"):
            assert re.search(rf"^{name}\b", answer.text, re.MULTILINE), name
        with pytest.raises(OSError, match="in use"):
            MetricsListener("127.0.0.1", port)
    with closing(MetricsListener("127.0.0.1", port)):
        assert "idp_requests_total" in await _told_at(port)


_COUNTS = """
import os
from idp import metrics
metrics.count_request("/token", 200, 0.003)
metrics.hashing_waiting.inc()
print(os.getpid(), flush=True)
input()
"""


async def _told_at(port: int) -> str:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as prometheus:
        return (await prometheus.get("/metrics")).text


@asynccontextmanager
async def _counting_process() -> AsyncIterator[int]:
    """Has counted one request and has one password waiting; killed at the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _COUNTS), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    yield int(await process.stdout.readline())
    process.kill()
    await process.communicate()


async def test_processes_count_together() -> None:
    """One listener adds up what two have counted; what one that was killed had counted stays, what it did does not."""
    served, waiting = 'idp_requests_total{endpoint="/token",status="2xx"}', "idp_password_hashing_waiting"
    with counting_together() as directory, closing(MetricsListener("127.0.0.1", 0, together=directory)) as listener:
        async with _counting_process():
            async with _counting_process() as ended:
                told = await _told_at(listener.port)
                assert f"{served} 2.0" in told
                assert f"{waiting} 2.0" in told
            forget_process(ended, directory)
            told = await _told_at(listener.port)
            assert f"{served} 2.0" in told
            assert f"{waiting} 1.0" in told
    assert not directory.exists()
