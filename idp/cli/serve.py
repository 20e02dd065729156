"""`idp serve`: the provider in production. What is missing or unsafe is named before anything is opened (CF-01)."""

import asyncio
import ssl
import sys
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path

import click

from idp.administration.installation_mode import refuse_development_database
from idp.administration.refusal import Refused
from idp.app import build_app
from idp.cli.answer import exit_with_sentence
from idp.cli.installation import open_installation, read_settings
from idp.keys.encryption.rotation import ensure_encryption_key
from idp.keys.rotation import ensure_keys
from idp.metrics import MetricsListener
from idp.settings import Mode, Settings
from idp.subjects.store import ensure_pairwise_key
from idp.web.log_sink import DetachedSink
from idp.web.logs import configure_logs
from idp.web.server import run_server
from idp.web.tls import server_context
from idp.wiring import build_wiring

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option("--tls-certificate", type=_FILE, help="PEM file of the certificate and its chain: TLS without a proxy.")
@click.option("--tls-key", type=_FILE, help="PEM file of its private key.")
@click.option("--metrics-host", default="127.0.0.1", show_default=True, help="Address to show metrics at.")
@click.option("--metrics-port", type=int, help="Port to show metrics for Prometheus at; without it nobody sees them.")
def command(
    *,
    host: str,
    port: int,
    tls_certificate: Path | None,
    tls_key: Path | None,
    metrics_host: str,
    metrics_port: int | None,
) -> None:
    """Run the provider in production, behind a proxy that speaks TLS or with a certificate of its own."""
    with exit_with_sentence():
        settings = read_settings()
        refuse_unsafe(settings)
        tls = read_tls(tls_certificate, tls_key)
        asyncio.run(_prepare())
        sink = DetachedSink(sys.stderr)
        configure_logs(level=settings.log_level, as_json=True, stream=sink)
        try:
            with open_metrics(metrics_host, metrics_port):
                serve(settings, host=host, port=port, tls=tls)
        finally:
            sink.finish()


def read_tls(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """None without the two files; raises `Refused` for one of them alone, and for files that are no such thing."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise Refused("--tls-certificate and --tls-key belong together.")
    try:
        return server_context(certificate, key)
    except (OSError, ValueError):
        raise Refused(f"{certificate} and {key} are no certificate and private key (PEM) that fit together.") from None


def open_metrics(host: str, port: int | None) -> AbstractContextManager[object]:
    """The listener, which is no part of the public one (WE-16); raises `Refused` for a port that is taken."""
    if port is None:
        return nullcontext()
    try:
        return closing(MetricsListener(host, port))
    except OSError as error:
        raise Refused(
            f"Port {port} on {host} cannot be opened ({error.strerror}): choose another with --metrics-port."
        ) from None


def refuse_unsafe(settings: Settings) -> None:
    """Raises `Refused` with everything that is missing, in one sentence each."""
    problems = []
    if settings.mode is not Mode.PRODUCTION:
        problems.append("IDP_MODE is development: unset it, or run `idp dev`.")
    if not settings.has_tls:
        problems.append("IDP_ISSUER is missing or not https: set it to the public address, https://login.example.com.")
    if not settings.master_key.get_secret_value():
        problems.append("IDP_MASTER_KEY is missing: make one with `idp keys new-master`, and keep it.")
    if not settings.smtp_host or not settings.mail_from:
        problems.append("No mail gateway: set IDP_SMTP_HOST and IDP_MAIL_FROM.")
    if problems:
        raise Refused("\n".join(problems))


async def _prepare() -> None:
    """The schema is checked by `open_installation`; signing keys are made if there are none."""
    async with open_installation() as installation:
        await refuse_development_database(installation.database)
        await ensure_keys(installation.database, installation.master_keys, now=installation.clock.now())
        await ensure_pairwise_key(installation.database, installation.master_keys, now=installation.clock.now())
        await ensure_encryption_key(installation.database, installation.master_keys, now=installation.clock.now())


def serve(settings: Settings, *, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
    """Runs until it is told to stop; raises `Refused` for a port that is taken, or an application that cannot start."""
    try:
        started = run_server(build_app(build_wiring(settings)), host=host, port=port, tls=tls)
    except ValueError as error:
        raise Refused(f"{error}.") from None
    except OSError as error:
        raise Refused(
            f"Port {port} on {host} cannot be opened ({error.strerror}): choose another with --port."
        ) from None
    if not started:
        raise Refused("The provider could not start: its log says why.")
