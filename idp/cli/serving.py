"""What a process of the provider does in production, alone or as one of several."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import click

from idp.app import build_app
from idp.cli.answer import exit_with_sentence
from idp.cli.environment import read_settings
from idp.cli.serving_checks import checked_wiring, read_tls, refuse_unsafe
from idp.web.logs import logging_to_stderr
from idp.web.server import run_server_on


def serve_alone(listener: socket.socket, tls_certificate: Path | None, tls_key: Path | None) -> bool:
    """Serves until SIGTERM or SIGINT; False, or `Refused`, if it cannot start."""
    settings = read_settings()
    tls, app = read_tls(tls_certificate, tls_key), build_app(checked_wiring(settings))
    with logging_to_stderr(settings.log_level):
        return run_server_on(listener, app, tls=tls)


def serve_as_worker(
    listener: socket.socket, tls_certificate: Path | None, tls_key: Path | None, *, on_ready: Callable[[], None]
) -> bool:
    """The same in a process that says so in each line of its log, and on standard error why it cannot start."""
    try:
        with exit_with_sentence():
            settings = read_settings()
            refuse_unsafe(settings)
            tls, app = read_tls(tls_certificate, tls_key), build_app(checked_wiring(settings))
            with logging_to_stderr(settings.log_level, pid=os.getpid()):
                return run_server_on(listener, app, on_ready=on_ready, tls=tls, shares_its_port=True)
    except click.exceptions.Exit:
        return False
