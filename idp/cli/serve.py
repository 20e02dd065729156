"""`idp serve`: the provider in production. What is missing or unsafe is named before anything is opened (CF-01).

This module loads nothing of the application: a supervisor does without it, in 30 MB instead of 120. What has to be
checked and made first is done by another program (`preparing`).
"""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import structlog

from idp.administration.refusal import Refused
from idp.cli.metrics import open_metrics
from idp.cli.without_yaml import load_agent_parser
from idp.database.without_orm import leave_out_the_orm
from idp.web.listening import bind
from idp.web.logs import logging_to_stderr
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
    tls = Tls(tls_certificate, tls_key)
    preparation = _Preparation(tls)
    if workers == 1:
        _application()  # meanwhile
    prepared = preparation.result()
    with _open_port(host, port) as listener, ExitStack() as stack:
        forget = _show_metrics(stack, metrics_host, metrics_port, processes=workers)
        serving = Serving(listener, tls)
        if not (serving.alone() if workers == 1 else _serve_with(workers, prepared, serving, on_end=forget)):
            raise _ended("The provider could not start: its log says why.")


@dataclass(frozen=True, slots=True)
class Tls:
    """Files of a certificate and its key; both or none, as `preparing` has checked."""

    certificate: Path | None
    key: Path | None


@dataclass(frozen=True, slots=True)
class Serving:
    """What `idp serve` was asked for. Everything else a process reads itself, when it starts."""

    listener: socket.socket
    tls: Tls

    def alone(self) -> bool:
        """Serves until SIGTERM or SIGINT; False if it could not start."""
        is_started: bool = _application().serve_alone(self.listener, self.tls.certificate, self.tls.key)
        return is_started

    def as_worker(self, on_ready: Callable[[], None]) -> bool:
        """The same as one of several."""
        is_started: bool = _application().serve_as_worker(
            self.listener, self.tls.certificate, self.tls.key, on_ready=on_ready
        )
        return is_started


class _Preparation:
    """The program `preparing`, which runs from the moment this is made."""

    def __init__(self, tls: Tls) -> None:
        named = {"--tls-certificate": tls.certificate, "--tls-key": tls.key}
        arguments = [text for name, file in named.items() if file is not None for text in (name, str(file))]
        # -P: not whatever is called idp in the working directory.
        self._process = subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, "-P", "-m", "idp.cli.preparing", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def result(self) -> dict[str, Any]:
        """Its answer; where it has none, its words are this command's last."""
        answer, words = self._process.communicate()
        if self._process.returncode != 0:
            raise _ended(words.rstrip())
        prepared: dict[str, Any] = json.loads(answer)
        return prepared


def _application() -> Any:  # noqa: ANN401 - a module
    leave_out_the_orm()
    load_agent_parser()
    import_module("idp.localization")  # first, so that what follows takes the place of what it frees: 1.2 MB
    return import_module("idp.cli.serving")


def _open_port(host: str, port: int) -> socket.socket:
    """Ends the command at an address that is taken, or that this machine or this user may not have."""
    try:
        return bind(host, port)
    except OSError as error:
        raise _ended(
            f"Port {port} on {host} cannot be opened ({error.strerror}): choose another with --port."
        ) from None


def _show_metrics(stack: ExitStack, host: str, port: int | None, *, processes: int) -> Callable[[int], None]:
    """As long as the stack is open; ends the command at a port that is taken."""
    try:
        return stack.enter_context(open_metrics(host, port, processes=processes))
    except Refused as refused:
        raise _ended(str(refused)) from None


def _serve_with(workers: int, prepared: dict[str, Any], serving: Serving, *, on_end: Callable[[int], None]) -> bool:
    with logging_to_stderr(prepared["log_level"], pid=os.getpid()):
        if not prepared["counts_together"]:
            log.warning("addresses_counted_per_worker", workers=workers, remedy="IDP_VALKEY_URL")
        return run_workers(serving.as_worker, count=workers, on_stop=serving.listener.close, on_end=on_end)


def _ended(words: str) -> click.exceptions.Exit:
    click.echo(words, err=True)
    return click.exceptions.Exit(1)
