"""`idp dev`: the provider for development, on this machine only, ready to try with one command."""

import asyncio
import json
import os
import sys
from urllib.parse import urlsplit

import click

from idp.administration import demo
from idp.administration.apply import apply_file
from idp.administration.clients_file import read_clients_file
from idp.administration.demo import ensure_demo_accounts
from idp.administration.installation_mode import mark_as_development
from idp.administration.migrate import migrate
from idp.administration.refusal import Refused
from idp.app import build_app
from idp.cli.answer import exit_with_sentence
from idp.cli.environment import read_settings
from idp.cli.installation import Installation, open_installation
from idp.credentials.password_hashing import PasswordHasher
from idp.keys.encryption.rotation import ensure_encryption_key
from idp.keys.rotation import ensure_keys
from idp.settings import Settings
from idp.subjects.store import ensure_pairwise_key
from idp.web.logs import configure_logs
from idp.web.server import run_server
from idp.wiring import build_wiring

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@click.command()
def command() -> None:
    """Run the provider for development: demo accounts, and every message at /dev/inbox."""
    with exit_with_sentence():
        settings = read_settings()
        host, port = _loopback_address(settings)
        configure_logs(level=settings.log_level, as_json=False, stream=sys.stderr)
        logins = asyncio.run(_prepare(settings))
        app = build_app(build_wiring(settings))
        try:
            started = run_server(
                app,
                host="127.0.0.1" if host == "localhost" else host,
                port=port,
                on_ready=lambda: _say("READY " + json.dumps({"issuer": settings.issuer, "logins": logins})),
            )
        except OSError as error:
            raise Refused(f"Port {port} is taken ({error.strerror}): stop the program that uses it.") from None
        if not started:
            raise Refused("The provider could not start: the lines above say why.")


def _loopback_address(settings: Settings) -> tuple[str, int]:
    """Development mode is open to everybody who reaches it, so nobody else shall."""
    if not settings.is_development:
        raise Refused("Set IDP_MODE=development, or use `make run`, which does.")
    parts = urlsplit(settings.issuer)
    if parts.hostname not in _LOOPBACK:
        raise Refused("IDP_ISSUER is on localhost in development mode: http://localhost:8000.")
    return parts.hostname, parts.port or 80


async def _prepare(settings: Settings) -> list[dict[str, str]]:
    """A line of progress for each step; the logins to print."""
    async with open_installation(migrated=False) as installation:
        done = await migrate(installation.database)
        _say(f"Database at revision {done.after}" + ("" if done.before else " (new)"))
        await mark_as_development(installation.database)
        await ensure_keys(installation.database, installation.master_keys, now=installation.clock.now())
        await ensure_pairwise_key(installation.database, installation.master_keys, now=installation.clock.now())
        await ensure_encryption_key(installation.database, installation.master_keys, now=installation.clock.now())
        _say("Signing keys ready")
        await _apply_clients(installation)
        return await _add_demo_accounts(installation, settings)


async def _apply_clients(installation: Installation) -> None:
    declared = read_clients_file(installation.settings.clients_file)
    applied = await apply_file(
        installation.database,
        declared,
        outbound=installation.outbound,
        environment=os.environ,
        origin=installation.origin(),
        overlap=installation.settings.client_secret_overlap,
        keys=installation.master_keys,
    )
    _say(f"{len(declared)} clients of {installation.settings.clients_file} applied")
    for plan in applied.drifted:
        _say(f"  {plan.client_id} was changed elsewhere and is left alone: see `idp clients plan`")


async def _add_demo_accounts(installation: Installation, settings: Settings) -> list[dict[str, str]]:
    hasher = PasswordHasher(threads=1, queue=8, memory_kib=settings.argon2_memory_kib, passes=settings.argon2_passes)
    try:
        accounts = await ensure_demo_accounts(
            installation.database,
            hasher,
            installation.master_keys,
            terms_version=settings.terms_version,
            origin=installation.origin(),
        )
    finally:
        hasher.close()
    _say("Demo accounts ready")
    return [
        {"email": demo.DEMO_EMAIL, "password": demo.DEMO_PASSWORD},
        {"email": demo.OTP_EMAIL, "password": demo.DEMO_PASSWORD, "otp_key": demo.DEMO_OTP_KEY},
        *(
            {"email": email, "password": accounts.operator_passwords.get(email, "")}
            for email in (demo.OPERATOR_EMAIL, demo.COLLEAGUE_EMAIL)
        ),
    ]


def _say(line: str) -> None:
    print(line, flush=True)
