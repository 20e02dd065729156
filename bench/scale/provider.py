"""The provider that is measured: processes of its own, without the chores that would disturb a measurement."""

import multiprocessing
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path

from bench.scale.rows import CLIENT_IDS
from bench.servers.server import PASSWORD
from idp.accounts import store as accounts
from idp.administration.accounts import NewAccount, create_account
from idp.administration.clients import Declaration, register_client
from idp.app import build_app
from idp.audit.record import Origin
from idp.clients import store as clients
from idp.credentials.password_hashing import PasswordHasher
from idp.database.engine import Database
from idp.keys.encryption.rotation import ensure_encryption_key
from idp.keys.rotation import ensure_keys
from idp.settings import Settings
from idp.subjects.store import ensure_pairwise_key
from idp.web.listening import bind
from idp.web.logs import configure_logs
from idp.web.server import run_server_on
from idp.wiring import build_wiring, master_keys_of
from tests.support.provider import test_settings

CLIENT_SECRET = "a secret that this measurement alone uses"  # noqa: S105 - public, see above
PEOPLE = tuple(f"login-{number}@example.com" for number in range(8))  # who have a password
_NO_LIMIT = "1000000000/minute"
_START_SECONDS = 60


def settings_of(database_url: str, var: Path) -> Settings:
    limits = {"address_limit": _NO_LIMIT, "login_address_limit": _NO_LIMIT}
    return test_settings(database_url, var, log_level="error", **limits)


async def prepare(database: Database, settings: Settings, *, now: int) -> None:
    """Keys, the clients that the grants are for, and people who can log in."""
    keys = master_keys_of(settings)
    await ensure_keys(database, keys, now=now)
    await ensure_pairwise_key(database, keys, now=now)
    await ensure_encryption_key(database, keys, now=now)
    origin = Origin(None, None, None, None, "bench", now)
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
                await register_client(db, declaration, source="cli", origin=origin)
    await _prepare_people(database, settings, origin)


async def _prepare_people(database: Database, settings: Settings, origin: Origin) -> None:
    hasher = PasswordHasher(threads=1, queue=0, memory_kib=settings.argon2_memory_kib, passes=settings.argon2_passes)
    password_hash = await hasher.hash(PASSWORD)
    hasher.close()
    async with database.writing() as db:
        for number, email in enumerate(PEOPLE):
            if await accounts.find_by_email(db, email) is None:
                new = NewAccount(email, "en", f"+42060110{number:04}", email_verified=True, phone_verified=True)
                await create_account(db, new, password_hash, origin=origin)


@contextmanager
def serving(settings: Settings, port: int, *, workers: int = 1) -> Iterator[None]:
    """Serves on the loopback address until the block ends; raises `TimeoutError` when it does not come up."""
    context = multiprocessing.get_context("spawn")
    with bind("127.0.0.1", port) as listener:
        ready = [context.Event() for _ in range(workers)]
        processes = [
            context.Process(target=_serve, args=(settings, listener, event, workers > 1), daemon=True)
            for event in ready
        ]
        for process in processes:
            process.start()
        try:
            if not all(event.wait(_START_SECONDS) for event in ready):
                raise TimeoutError("the provider did not come up")
            yield
        finally:
            for process in processes:
                process.terminate()
                process.join()


def _serve(settings: Settings, listener: socket.socket, ready: Event, shares_its_port: bool) -> None:
    configure_logs(level="error", as_json=False)
    app = build_app(build_wiring(settings), background=False)
    run_server_on(listener, app, on_ready=ready.set, shares_its_port=shares_its_port)
