"""A real SMTP server on the loopback interface, whose answers a test scripts."""
# ruff: noqa: ARG002 - the signatures are aiosmtpd's

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

CUT = "cut"  # the connection ends after the message was taken, before the answer
HANG = "hang"  # no answer ever
KEEP = "keep"  # the message is taken, and there is no answer ever


class Certificate:
    """A self-made certificate for `localhost`, in one file with its key."""

    def __init__(self, path: Path, host: str = "localhost") -> None:
        self.path = path
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime(2099, 1, 1, tzinfo=UTC))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        path.write_bytes(
            certificate.public_bytes(Encoding.PEM)
            + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path)
        return context

    def client_context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.path))


class Handler:
    """Takes mails. `mail`, `rcpt` and `data` hold the next answers; an empty queue means 250."""

    def __init__(self) -> None:
        self.mail: deque[str] = deque()
        self.rcpt: deque[str] = deque()
        self.data: deque[str] = deque()
        self.recipients: list[list[str]] = []
        self.messages: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.connections: set[int] = set()
        self.kept = asyncio.Event()

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        assert session.ssl or server.transport.get_extra_info("sslcontext"), "a mail was begun in the clear"
        self.connections.add(id(session))
        answer = await self._answer(self.mail)
        envelope.mail_from = address
        return answer

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        answer = await self._answer(self.rcpt)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self.data.popleft() if self.data else "250 2.0.0 queued as 4711"
        if answer == HANG:
            await asyncio.Event().wait()
        if answer.startswith("250") or answer in {CUT, KEEP}:
            message = message_from_bytes(envelope.content, policy=default)
            assert isinstance(message, EmailMessage)
            self.raw.append(envelope.content)
            self.messages.append(message)
            self.recipients.append(envelope.rcpt_tos)
        if answer == CUT:
            server.transport.abort()
        if answer == KEEP:
            self.kept.set()
            await asyncio.Event().wait()
        return answer

    async def _answer(self, answers: deque[str]) -> str:
        answer = answers.popleft() if answers else "250 OK"
        if answer == HANG:
            await asyncio.Event().wait()
        return answer


class _Conversation(SMTP):
    """One connection, which can be ended from outside."""

    def hang_up(self) -> asyncio.Task[None] | None:
        for transport in (self.transport, self._original_transport):
            if isinstance(transport, asyncio.WriteTransport):
                transport.abort()
        if self._handler_coroutine is not None:
            self._handler_coroutine.cancel()
        return self._handler_coroutine


class SmtpServer:
    """A running server; `port` stays the same through `stop` and `start`."""

    def __init__(
        self,
        certificate: Certificate,
        port: int,
        *,
        offers_tls: bool = True,
        tls_at_once: bool = False,
        password: str = "",
    ) -> None:
        self.handler = Handler()
        self.port = port
        self._tls = certificate.server_context() if tls_at_once else None
        self._options: dict[str, Any] = {"hostname": "localhost"}
        if offers_tls and not tls_at_once:
            self._options |= {"tls_context": certificate.server_context(), "require_starttls": True}
        if password:
            self._options |= {"authenticator": self._authenticate, "auth_required": True}
        self._password = password
        self._server: asyncio.Server | None = None
        self._conversations: list[_Conversation] = []

    @property
    def messages(self) -> list[EmailMessage]:
        return self.handler.messages

    @property
    def greeted(self) -> int:
        """How many connections there have been since the start."""
        return len(self._conversations)

    async def start(self) -> None:
        self._server = await asyncio.get_running_loop().create_server(
            self._accept, "localhost", self.port, ssl=self._tls
        )

    async def stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
            endings = [conversation.hang_up() for conversation in self._conversations]
            await asyncio.gather(*(ending for ending in endings if ending), return_exceptions=True)
            self._conversations = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator["SmtpServer"]:
        await self.start()
        try:
            yield self
        finally:
            await self.stop()

    def _accept(self) -> _Conversation:
        conversation = _Conversation(self.handler, loop=asyncio.get_running_loop(), **self._options)
        self._conversations.append(conversation)
        return conversation

    def _authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.password.decode() == self._password
        return AuthResult(success=good, handled=False)
