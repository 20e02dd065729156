"""What a process of the provider does in production, alone or as one of several."""

import os
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from idp.administration.refusal import Refused
from idp.app import build_app
from idp.cli.answer import exit_with_sentence
from idp.cli.installation import read_settings
from idp.settings import Mode, Settings
from idp.web.log_sink import DetachedSink
from idp.web.logs import configure_logs
from idp.web.server import run_server_on
from idp.web.tls import server_context
from idp.wiring import Wiring, build_wiring


@dataclass(frozen=True, slots=True)
class Serving:
    """What `idp serve` was asked for. Everything else a process reads itself, when it starts."""

    listener: socket.socket
    tls_certificate: Path | None = None
    tls_key: Path | None = None

    def alone(self) -> bool:
        """Serves until SIGTERM or SIGINT; False, or `Refused`, if it cannot start."""
        settings = read_settings()
        tls, app = read_tls(self.tls_certificate, self.tls_key), build_app(checked_wiring(settings))
        with logging_to_stderr(settings):
            return run_server_on(self.listener, app, tls=tls)

    def as_worker(self, on_ready: Callable[[], None]) -> bool:
        """The same in a process that says so in each line of its log, and on standard error why it cannot start."""
        try:
            with exit_with_sentence():
                settings = read_settings()
                refuse_unsafe(settings)
                tls, app = read_tls(self.tls_certificate, self.tls_key), build_app(checked_wiring(settings))
                with logging_to_stderr(settings, pid=os.getpid()):
                    return run_server_on(self.listener, app, on_ready=on_ready, tls=tls, shares_its_port=True)
        except click.exceptions.Exit:
            return False


@contextmanager
def logging_to_stderr(settings: Settings, *, pid: int | None = None) -> Iterator[None]:
    """A line of JSON for each event, and nobody waits for whoever reads them."""
    sink = DetachedSink(sys.stderr)
    configure_logs(level=settings.log_level, as_json=True, stream=sink, pid=pid)
    try:
        yield
    finally:
        sink.finish()


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


def checked_wiring(settings: Settings) -> Wiring:
    """Raises `Refused` with the name of a setting that does not work."""
    try:
        return build_wiring(settings)
    except ValueError as error:
        raise Refused(f"{error}.") from None
