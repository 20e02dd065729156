"""`idp serve`: the provider in production. What is missing or unsafe is named before anything is opened (CF-01)."""

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path

import click
import structlog

from idp.administration.installation_mode import refuse_development_database
from idp.administration.refusal import Refused
from idp.cli.answer import exit_with_sentence
from idp.cli.installation import open_installation, read_settings
from idp.cli.metrics import open_metrics
from idp.cli.serving import Serving, checked_wiring, logging_to_stderr, read_tls, refuse_unsafe
from idp.keys.encryption.rotation import ensure_encryption_key
from idp.keys.rotation import ensure_keys
from idp.settings import Settings
from idp.subjects.store import ensure_pairwise_key
from idp.web.server import bind
from idp.web.workers import run_workers

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

log = structlog.get_logger(__name__)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(min=1), help="Processes: one per core.")
@click.option("--tls-certificate", type=_FILE, help="PEM file of the certificate and its chain: TLS without a proxy.")
@click.option("--tls-key", type=_FILE, help="PEM file of its private key.")
@click.option("--metrics-host", default="127.0.0.1", show_default=True, help="Address to show metrics at.")
@click.option("--metrics-port", type=int, help="Port to show metrics for Prometheus at; without it nobody sees them.")
def command(  # noqa: PLR0913 - one for each option
    *,
    host: str,
    port: int,
    workers: int,
    tls_certificate: Path | None,
    tls_key: Path | None,
    metrics_host: str,
    metrics_port: int | None,
) -> None:
    """Run the provider in production, behind a proxy that speaks TLS or with a certificate of its own."""
    with exit_with_sentence():
        settings = read_settings()
        refuse_unsafe(settings)
        read_tls(tls_certificate, tls_key)
        asyncio.run(_prepare())
        with open_port(host, port) as listener, open_metrics(metrics_host, metrics_port, processes=workers) as forget:
            serving = Serving(listener, tls_certificate, tls_key)
            if not (serving.alone() if workers == 1 else _serve_with(workers, settings, serving, on_end=forget)):
                raise Refused("The provider could not start: its log says why.")


async def _prepare() -> None:
    """The schema is checked by `open_installation`; signing keys are made if there are none."""
    async with open_installation() as installation:
        await refuse_development_database(installation.database)
        await ensure_keys(installation.database, installation.master_keys, now=installation.clock.now())
        await ensure_pairwise_key(installation.database, installation.master_keys, now=installation.clock.now())
        await ensure_encryption_key(installation.database, installation.master_keys, now=installation.clock.now())


def open_port(host: str, port: int) -> socket.socket:
    """Raises `Refused` for an address that is taken, or that this machine or this user may not have."""
    try:
        return bind(host, port)
    except OSError as error:
        raise Refused(
            f"Port {port} on {host} cannot be opened ({error.strerror}): choose another with --port."
        ) from None


def _serve_with(workers: int, settings: Settings, serving: Serving, *, on_end: Callable[[int], None]) -> bool:
    checked_wiring(settings)  # here, so that a wrong setting is one sentence and not one of each worker
    with logging_to_stderr(settings, pid=os.getpid()):
        if not settings.valkey_url:
            log.warning("addresses_counted_per_worker", workers=workers, remedy="IDP_VALKEY_URL")
        return run_workers(serving.as_worker, count=workers, on_stop=serving.listener.close, on_end=on_end)
