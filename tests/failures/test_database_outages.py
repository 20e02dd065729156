"""The database goes away, hangs, is locked or is full: refused in time, and nothing that was acknowledged is lost."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from idp.administration.migrate import migrate
from idp.audit.table import audit_events
from idp.database.engine import Database
from idp.database.lanes.postgresql import PostgresqlDriver
from idp.grants.lanes import GrantLanes
from idp.sessions.table import browser_sessions
from tests.support.browser import Browser
from tests.support.clock import MovableClock
from tests.support.postgresql import Cluster, restart_cluster, start_cluster, stop_cluster
from tests.support.provider import Provider, running_provider, test_settings
from tests.support.queries import count_rows
from tests.support.relying_party import RelyingParty

_PROMISED_SECONDS = 3.0


async def refused(work: list[asyncio.Task[httpx.Response]]) -> None:
    """All of it answers 503 with Retry-After within the promised time; a hang is a failure, not a slow test."""
    async with asyncio.timeout(_PROMISED_SECONDS + 0.7):  # the test's own overhead on a busy machine
        answers = await asyncio.gather(*work)
    assert {answer.status_code for answer in answers} == {503}
    assert all(answer.headers["retry-after"] for answer in answers)


async def health(provider: Provider) -> dict[str, int]:
    async with Browser(provider.app) as browser:
        return {path: (await browser.http.get(path)).status_code for path in ("/live", "/jwks", "/ready")}


def every_flow(rp: RelyingParty, browser: Browser, token: str) -> list[asyncio.Task[httpx.Response]]:
    """A refresh, an introspection, a revocation and a page, several of each at once."""
    return [
        asyncio.create_task(work)
        for _ in range(4)
        for work in (
            rp.refresh(token),
            rp.post("/introspect", {"token": token}),
            rp.post("/revoke", {"token": token}),
            browser.http.get("/account/security"),
        )
    ]


@pytest.fixture
async def own_cluster() -> AsyncIterator[Cluster]:
    """A PostgreSQL of this test's own, with real durability, to be ill-treated."""
    cluster = await asyncio.to_thread(start_cluster, fsync="on", synchronous_commit="on")
    database = Database(cluster.url("postgres"))
    await migrate(database)
    await database.close()
    yield cluster
    await asyncio.to_thread(stop_cluster, cluster)


@pytest.fixture
async def own_rp(own_cluster: Cluster, tmp_path: Path, clock: MovableClock) -> AsyncIterator[RelyingParty]:
    """Of a provider on that cluster, beside one account."""
    settings = test_settings(own_cluster.url("postgres"), tmp_path / "var")
    async with running_provider(settings, clock) as provider:
        await provider.account()
        yield RelyingParty(provider, await provider.client())


@pytest.fixture
async def own_browser(own_rp: RelyingParty) -> AsyncIterator[Browser]:
    """At that provider."""
    async with Browser(own_rp.provider.app) as browser:
        yield browser


@pytest.mark.requirement("RA-01", "RX-07", "RT-16")
async def test_postgresql_crashes_and_comes_back(
    own_cluster: Cluster, own_rp: RelyingParty, own_browser: Browser, clock: MovableClock
) -> None:
    """Three crashes under load: 503 in between, service by itself afterwards, no acknowledged refresh lost."""
    rp, browser, provider = own_rp, own_browser, own_rp.provider
    held = [(await rp.tokens(browser))["refresh_token"] for _ in range(4)]
    for _ in range(3):
        clock.advance(seconds=11)
        crash = asyncio.create_task(asyncio.to_thread(restart_cluster, own_cluster, up=False))
        held = await asyncio.gather(*(_refresh_until_refused(rp, token) for token in held))
        await crash
        await refused(every_flow(rp, browser, held[0]))
        assert await health(provider) == {"/live": 200, "/jwks": 200, "/ready": 503}
        await asyncio.to_thread(restart_cluster, own_cluster, up=True)
        # The last one is the newest, or its successor was committed without an answer: the retry gives it.
        answers = [await rp.refresh(token) for token in held]
        assert {answer.status_code for answer in answers} == {200}
        held = [answer.json()["refresh_token"] for answer in answers]
        assert (await health(provider))["/ready"] == 200
    assert "refresh_reused" not in await provider.events()


async def _refresh_until_refused(rp: RelyingParty, token: str) -> str:
    """The last token that was acknowledged when the database went away."""
    while True:
        answer = await rp.refresh(token)
        if answer.status_code == 503:
            return token
        assert answer.status_code == 200
        token = answer.json()["refresh_token"]


@pytest.mark.requirement("RA-04")
async def test_postgresql_hangs(own_cluster: Cluster, own_rp: RelyingParty, own_browser: Browser) -> None:
    """A database that accepts and says nothing costs nobody more than three seconds, and is used again."""
    rp, browser, provider = own_rp, own_browser, own_rp.provider
    token = (await rp.tokens(browser))["refresh_token"]
    await asyncio.gather(*(rp.introspect(token) for _ in range(10)))  # a pool full of connections
    with stopped(own_cluster):
        await refused(every_flow(rp, browser, token))
        await refused(every_flow(rp, browser, token))
        assert await health(provider) == {"/live": 200, "/jwks": 200, "/ready": 503}
    assert (await rp.refresh(token)).status_code == 200


@pytest.mark.requirement("RA-03")
async def test_postgresql_lets_nobody_write(own_rp: RelyingParty, own_browser: Browser) -> None:
    """A standby, say: what writes is refused, what reads is answered, nobody is signed in without a record of it."""
    rp, browser, provider = own_rp, own_browser, own_rp.provider
    tokens = await rp.tokens(browser)
    known = await _rows_of_logins(provider)
    await _set_read_only(provider, "on")
    await refused([asyncio.create_task(rp.refresh(tokens["refresh_token"])) for _ in range(4)])
    await refused([asyncio.create_task(rp.post("/revoke", {"token": tokens["refresh_token"]}))])
    async with Browser(provider.app) as stranger:
        page = await rp.sign_in(stranger)
        assert (page.status, page.path) == (503, "/login")
        assert page.headers["retry-after"]
    assert (await rp.introspect(tokens["access_token"]))["active"] is True
    assert (await rp.userinfo(tokens["access_token"])).status_code == 200
    for path in ("/live", "/jwks", "/.well-known/openid-configuration"):
        assert (await browser.http.get(path)).status_code == 200
    assert await _rows_of_logins(provider) == known
    await _set_read_only(provider, "off")
    assert (await rp.refresh(tokens["refresh_token"])).status_code == 200


async def _set_read_only(provider: Provider, value: str) -> None:
    """For every transaction that begins from now on, on connections that are open, too."""
    async with provider.wiring.database.writer.connect() as db:
        outside = await db.execution_options(isolation_level="AUTOCOMMIT")
        await outside.execute(text("SET default_transaction_read_only = off"))
        await outside.execute(text(f"ALTER SYSTEM SET default_transaction_read_only = {value}"))
        await outside.execute(text("SELECT pg_reload_conf()"))
        await outside.execute(text("RESET default_transaction_read_only"))
        while await outside.scalar(text("SHOW default_transaction_read_only")) != value:
            pass  # the server tells nobody when it has read its configuration


async def _rows_of_logins(provider: Provider) -> tuple[int, int]:
    """How many sessions there are, and events on record."""
    database = provider.wiring.database
    return await count_rows(database, browser_sessions), await count_rows(database, audit_events)


@pytest.mark.requirement("RA-05")
async def test_every_connection_of_the_pool_is_taken(own_rp: RelyingParty, own_browser: Browser) -> None:
    """Whoever needs one waits for a while and is refused; tokens and health do not need one; then all is well again."""
    rp, browser, provider = own_rp, own_browser, own_rp.provider
    tokens = await rp.tokens(browser)
    async with AsyncExitStack() as stack:
        pool: Any = provider.wiring.database.reader.pool
        for _ in range(pool.size()):
            await stack.enter_async_context(provider.wiring.database.reading())
        await refused([asyncio.create_task(rp.post("/revoke", {"token": tokens["refresh_token"]})) for _ in range(40)])
        assert (await rp.refresh(tokens["refresh_token"])).status_code == 200
        assert (await rp.introspect(tokens["access_token"]))["active"] is True
        for path in ("/live", "/jwks"):
            assert (await browser.http.get(path)).status_code == 200
    assert (await rp.post("/revoke", {"token": tokens["refresh_token"]})).status_code == 200
    assert await health(provider) == {"/live": 200, "/jwks": 200, "/ready": 200}


async def test_whoever_ends_waits_for_no_goodbye(own_cluster: Cluster, clock: MovableClock) -> None:
    """While the database hangs, a process closes its connections, a lane's and one of the pool, without an error."""
    database = Database(own_cluster.url("postgres"))
    assert await GrantLanes(database).find_live("A" * 22, now=clock.now()) is None
    async with database.reading() as db:
        await db.execute(text("SELECT 1"))
    with stopped(own_cluster):
        await database.close()
    drivers = [driver for driver in database.backend.opened if isinstance(driver, PostgresqlDriver)]
    connections = [driver._connection for driver in drivers if driver._connection is not None]
    assert [connection.is_closed() for connection in connections] == [True]


@contextmanager
def stopped(cluster: Cluster) -> Iterator[None]:
    """The server and all its workers stand still, as on a host that was frozen."""
    postmaster = int((cluster.directory / "data" / "postmaster.pid").read_text().split()[0])
    family = [postmaster, *_children(postmaster)]
    for pid in family:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in family:
            os.kill(pid, signal.SIGCONT)


def _children(parent: int) -> list[int]:
    text = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
    return [int(pid) for pid in text.split()]


@pytest.mark.requirement("RA-09")
async def test_sqlite_is_locked_by_somebody_else(provider: Provider, rp: RelyingParty, browser: Browser) -> None:
    """While another process holds the write lock, writes are refused in time, reads go on; then all is well again."""
    token = (await rp.tokens(browser))["refresh_token"]
    other = sqlite3.connect(provider.wiring.database.url.database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    await refused([asyncio.create_task(rp.refresh(token)) for _ in range(8)])
    assert (await rp.introspect(token))["active"] is True
    other.execute("ROLLBACK")
    other.close()
    assert (await rp.refresh(token)).status_code == 200


@pytest.mark.requirement("RA-06")
async def test_sqlite_is_full(provider: Provider, rp: RelyingParty, browser: Browser) -> None:
    """Without room for another page writes are refused and reads go on; with room again it works on."""
    database = provider.wiring.database
    token = (await rp.tokens(browser))["refresh_token"]
    async with database.writing() as db:
        pages = await db.scalar(text("PRAGMA page_count"))
        await db.execute(text(f"PRAGMA max_page_count={pages}"))
    acknowledged = await _authorize_until_refused(rp, browser)
    assert (await rp.introspect(token))["active"] is True
    async with database.writing() as db:
        await db.execute(text("PRAGMA max_page_count=1000000"))
    for code in acknowledged:
        assert (await rp.redeem(code)).status_code == 200
    assert "code" in (await rp.sign_in(browser)).query
    async with database.reading() as db:
        assert await db.scalar(text("PRAGMA integrity_check")) == "ok"


async def _authorize_until_refused(rp: RelyingParty, browser: Browser) -> list[str]:
    codes: list[str] = []
    for _ in range(500):
        page = await browser.open(rp.authorization_url())
        if page.status == 503:
            assert page.headers["retry-after"]
            return codes
        codes.append(page.query["code"])
    raise AssertionError("the disk never filled up")
