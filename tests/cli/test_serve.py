"""`idp serve` names what is in its way in one sentence, however many workers it was asked for."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from bench.machine import resident_mib
from idp.sealing import new_secret
from idp.web.listening import bind
from tests.cli.conftest import Run
from tests.support.served import environment_of, installation, serving

_LOAD_APPLICATION = "from idp.cli.serve import _application; _application()"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_port_that_is_taken_is_named(idp: Run, workers: str) -> None:
    """Before any worker is started."""
    with bind("127.0.0.1", 0) as taken:
        taken.listen()
        port = str(taken.getsockname()[1])
        answer = idp("serve", "--port", port, "--workers", workers, exit_code=1)
    assert answer.stderr.startswith(f"Port {port} on 127.0.0.1 cannot be opened (")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_setting_that_does_not_work_is_named_once(idp: Run, workers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by each worker."""
    monkeypatch.setenv("IDP_SMS_HEADERS", "no JSON")
    answer = idp("serve", "--port", "0", "--workers", workers, exit_code=1)
    assert answer.stderr == "IDP_SMS_HEADERS is a JSON object of headers.\n"


@pytest.mark.requirement("CF-01", "RU-06")
@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        pytest.param("IDP_MODE", "development", "IDP_MODE is development", id="development"),
        pytest.param("IDP_ISSUER", "", "IDP_ISSUER is missing", id="no issuer"),
        pytest.param("IDP_ISSUER", "http://login.example.com", "IDP_ISSUER must be https", id="http"),
        pytest.param("IDP_ISSUER", "http://localhost:8000", "IDP_ISSUER is missing or not https", id="http, local"),
        pytest.param("IDP_MASTER_KEY", "", "IDP_MASTER_KEY is missing", id="no key"),
        pytest.param("IDP_MASTER_KEY", "abc", "IDP_MASTER_KEY", id="a short key"),
        pytest.param("IDP_MASTER_KEY", "A" * 43, "IDP_MASTER_KEY", id="nothing but zeros"),
        pytest.param("IDP_MASTER_KEY", "Y2hhbmdlbWVjaGFuZ2VtZWNoYW5nZW1lY2hhbmdlbWU", "IDP_MASTER_KEY", id="changeme"),
        pytest.param("IDP_SMTP_HOST", "", "No mail gateway", id="no mail"),
        pytest.param("IDP_DATABASE_URL", "sqlite:///:memory:", "IDP_DATABASE_URL", id="a store in memory"),
        pytest.param("IDP_DATABASE_URL", "sqlite://", "IDP_DATABASE_URL", id="a store that is nowhere"),
        pytest.param("IDP_ARGON2_MEMORY_KIB", "1024", "IDP_ARGON2_MEMORY_KIB", id="passwords hashed too cheaply"),
        pytest.param("IDP_PASSWORD_MINIMUM_LENGTH", "4", "IDP_PASSWORD_MINIMUM_LENGTH", id="short passwords"),
        pytest.param("IDP_TRUSTED_PROXIES", "everybody", "IDP_TRUSTED_PROXIES", id="a proxy that is no address"),
    ],
)
def test_an_unsafe_installation_is_not_served(
    idp: Run, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    """One clear line with the variable that is wrong, before the port is opened."""
    monkeypatch.setenv(variable, value)
    answer = idp("serve", "--port", "0", exit_code=1)
    assert words in answer.stderr
    assert answer.stderr.count("\n") == 1


def test_no_worker_at_all_is_wrong_usage(idp: Run) -> None:
    """There is always one."""
    idp("serve", "--workers", "0", exit_code=2)


@pytest.mark.parametrize(
    ("begin", "module", "forbidden"),
    [
        (
            "import idp.cli.serve",
            "idp.cli.serve",
            {"alembic", "cryptography", "fastapi", "idp.app", "idp.settings", "pydantic", "sqlalchemy", "uvicorn"},
        ),
        (
            _LOAD_APPLICATION,
            "idp.cli.serving",
            {"aiosqlite", "alembic", "asyncpg", "h11", "holidays", "httpcore", "httpx", "segno", "sqlalchemy.orm"}
            | {"sqlite3", "yaml", "zxcvbn"}
            | {f"sqlalchemy.dialects.{database}" for database in ("postgresql", "sqlite")},
        ),
    ],
    ids=["supervisor", "worker"],
)
async def test_no_process_loads_what_it_does_not_need(begin: str, module: str, forbidden: set[str]) -> None:
    """The supervisor nothing of the application, and whoever serves nothing that only migrations or
    rare requests need."""
    listing = f"{begin}; import sys; print(*sys.modules)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", listing, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    loaded = set(output.decode().split())
    assert module in loaded
    assert loaded & forbidden == set()


async def test_what_is_left_out_can_be_loaded_later() -> None:
    """A process that serves has no YAML, and whoever wants some in it gets it."""
    later = (
        f"{_LOAD_APPLICATION}; import sys; assert 'yaml' not in sys.modules; import yaml; print(yaml.safe_load('[1]'))"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", later, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert output == b"[1]\n"


@pytest.mark.parametrize(
    ("database_url", "others"),
    [
        ("sqlite:///{directory}/idp.sqlite3", {"asyncpg", "sqlalchemy.dialects.postgresql"}),
        ("postgresql://localhost/idp", {"aiosqlite", "sqlite3", "sqlalchemy.dialects.sqlite"}),
    ],
    ids=["sqlite", "postgresql"],
)
async def test_no_process_loads_the_other_database(database_url: str, others: set[str], tmp_path: Path) -> None:
    """With everything in place to serve, the modules of one database are loaded; the driver is, too."""
    url = database_url.format(directory=tmp_path)
    build = "from idp.cli.serving import *; build_app(checked_wiring(read_settings()))"
    listing = f"{_LOAD_APPLICATION}; {build}; import sys; print(*sys.modules)"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", listing),
        env=os.environ
        | {"IDP_ISSUER": "https://login.example.com", "IDP_DATABASE_URL": url, "IDP_MASTER_KEY": new_secret()},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    loaded = set(output.decode().split())
    assert loaded & {"aiosqlite", "asyncpg"}
    assert loaded & others == set()


async def test_processes_stay_small(sqlite_url: str, tmp_path: Path) -> None:
    """Megabytes resident before the first request, with room for other machines: 33 and 120 were measured."""
    async with (
        installation(sqlite_url, tmp_path) as provider,
        serving(environment_of(provider.wiring.settings), workers=2) as served,
    ):
        assert resident_mib(served.process.pid) < 60
        for worker in await served.workers(2):
            assert resident_mib(worker) < 180
