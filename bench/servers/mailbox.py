"""A mail server that takes whatever comes, so that messages leave as they do in production: over TLS, to somebody."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP

from tests.messaging.smtp_server import Certificate


@dataclass(frozen=True, slots=True)
class Mailbox:
    """`certificate`: a PEM file, which the sender has to trust."""

    port: int
    certificate: Path


@contextmanager
def mailbox(directory: Path) -> Iterator[Mailbox]:
    """Listens on `localhost` until the end, in a thread of this process."""
    certificate = Certificate(directory / "mailbox.pem")
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    controller = _TlsController(Sink(), hostname="127.0.0.1", port=port)
    controller.tls = certificate.server_context()
    controller.start()
    try:
        yield Mailbox(port, certificate.path)
    finally:
        controller.stop()


class _TlsController(Controller):
    tls: ssl.SSLContext

    def factory(self) -> SMTP:
        return SMTP(self.handler, tls_context=self.tls, require_starttls=True)
