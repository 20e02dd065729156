"""The provider that is measured: a process of its own, without the chores that would disturb a measurement."""

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.scale.rows import CLIENT_IDS
from idp.administration.clients import Declaration, register_client
from idp.app import build_app
from idp.audit.record import Origin
from idp.clients import store as clients
from idp.database.engine import Database
from idp.keys.encryption.rotation import ensure_encryption_key
from idp.keys.rotation import ensure_keys
from idp.settings import Settings
from idp.subjects.store import ensure_pairwise_key
from idp.web.logs import configure_logs
from idp.web.server import run_server
from idp.wiring import build_wiring, master_keys_of
from tests.support.provider import test_settings

CLIENT_SECRET = "a secret that this measurement alone uses"  # noqa: S105 - public, see above
_NO_LIMIT = "1000000000/minute"
_START_SECONDS = 60


def settings_of(database_url: str, var: Path) -> Settings:
    return test_settings(database_url, var, log_level="error", address_limit=_NO_LIMIT)


async def prepare(database: Database, settings: Settings, *, now: int) -> None:
    """Keys, and the clients that the grants are for."""
    keys = master_keys_of(settings)
    await ensure_keys(database, keys, now=now)
    await ensure_pairwise_key(database, keys, now=now)
    await ensure_encryption_key(database, keys, now=now)
    async with database.writing() as db:
        for client_id in CLIENT_IDS:
            if await clients.find(db, client_id) is None:
                metadata = {
                    "client_name": client_id,
                    "application_type": "web",
                    "redirect_uris": [f"https://{client_id}.example/cb"],
                    "scope": "openid profile email",
                    "issue_refresh_token": "always",
                    "first_party": True,
                    "user_agent_binding": "auto",
                }
                declaration = Declaration(client_id, metadata, CLIENT_SECRET)
                origin = Origin(None, None, None, None, "bench", now)
                await register_client(db, declaration, source="cli", origin=origin)


@contextmanager
def serving(settings: Settings, port: int) -> Iterator[None]:
    """Serves on the loopback address until the block ends; raises `TimeoutError` when it does not come up."""
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(settings, port), daemon=True)
    process.start()
    try:
        _wait_until_ready(port)
        yield
    finally:
        process.terminate()
        process.join()


def _serve(settings: Settings, port: int) -> None:
    configure_logs(level="error", as_json=False)
    run_server(build_app(build_wiring(settings), background=False), host="127.0.0.1", port=port)


def _wait_until_ready(port: int) -> None:
    give_up = time.monotonic() + _START_SECONDS
    while time.monotonic() < give_up:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/ready").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError("the provider did not come up")
