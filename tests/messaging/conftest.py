"""The outside world of messages: an SMTP server, an SMS provider, and what sends to them."""

from collections.abc import AsyncIterator, Callable

import pytest

from idp.database.engine import Database
from idp.localization import Localization
from idp.messaging.compose import Composer, Sender
from idp.messaging.gateways import Gateway
from idp.messaging.sms import SmsGateway, SmsRequest
from idp.messaging.smtp import SmtpGateway
from idp.messaging.smtp import SmtpServer as Server
from idp.messaging.worker import OutboxWorker
from idp.sealing import MasterKeys
from tests.messaging.post import Hire, Post
from tests.messaging.sms_provider import WITH_ID, SmsProvider
from tests.messaging.smtp_server import Certificate, SmtpServer
from tests.support.clock import MovableClock
from tests.support.gateways import unused_port

ISSUER = "https://login.example.com"


@pytest.fixture
def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    return unused_port()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Stands for a certificate that the provider trusts."""
    return Certificate(tmp_path_factory.mktemp("tls") / "localhost.pem")


@pytest.fixture
async def smtp_server(certificate: Certificate, free_port: int) -> AsyncIterator[SmtpServer]:
    """Takes every mail, over STARTTLS only."""
    async with SmtpServer(certificate, free_port).running() as server:
        yield server


@pytest.fixture
def open_smtp_gateway(smtp_server: SmtpServer, certificate: Certificate) -> Callable[[], SmtpGateway]:
    """Makes gateways to the server, which wait 0.3 s for each of its answers."""

    def new_gateway() -> SmtpGateway:
        return SmtpGateway(
            Server(host="localhost", port=smtp_server.port, timeout=0.3),
            sender="Keygate <no-reply@example.com>",
            message_host="login.example.com",
            tls_context=certificate.client_context(),
        )

    return new_gateway


@pytest.fixture
def smtp_gateway(open_smtp_gateway: Callable[[], SmtpGateway]) -> SmtpGateway:
    """One gateway to the server."""
    return open_smtp_gateway()


@pytest.fixture
async def sms_provider() -> AsyncIterator[SmsProvider]:
    """Takes every SMS."""
    async with SmsProvider().running() as provider:
        yield provider


@pytest.fixture(scope="session")
def composer() -> Composer:
    """Writes for an installation called Keygate at login.example.com."""
    return Composer(
        Sender(brand="Keygate", company="Example Ltd", support_email="support@example.com", issuer=ISSUER),
        Localization(),
    )


@pytest.fixture
def sms_gateway(sms_provider: SmsProvider) -> SmsGateway:
    """Waits 0.3 s for the provider, which does not know an id again."""
    return SmsGateway(SmsRequest(sms_provider.url, body=WITH_ID, timeout=0.3))


@pytest.fixture
def idempotent_sms_gateway(sms_provider: SmsProvider) -> SmsGateway:
    """The same, to a provider that takes an idempotency key."""
    return SmsGateway(SmsRequest(sms_provider.url, body=WITH_ID, idempotency_header="Idempotency-Key", timeout=0.3))


@pytest.fixture
def hire(database: Database, master_keys: MasterKeys, clock: MovableClock, composer: Composer) -> Hire:
    """Makes workers."""

    def new_worker(*, on: Database | None = None, **gateways: Gateway) -> OutboxWorker:
        return OutboxWorker(on or database, master_keys, clock=clock, composer=composer, gateways=gateways)

    return new_worker


@pytest.fixture
def post(database: Database, master_keys: MasterKeys, clock: MovableClock) -> Post:
    """The outbox of the test."""
    return Post(database, master_keys, clock)
