"""A worker in a process of its own, to be killed: `python -m tests.messaging.sending_process DATABASE_URL CHANNEL …`.

For mail: the port of the SMTP server and its certificate; for SMS: the provider's address and its idempotency header.
"""

import asyncio
import ssl
import sys

from idp.database.engine import Database
from idp.localization import Localization
from idp.messaging.compose import Composer, Sender
from idp.messaging.gateways import Gateway
from idp.messaging.sms import SmsGateway, SmsRequest
from idp.messaging.smtp import SmtpGateway
from idp.messaging.smtp import SmtpServer as Server
from idp.messaging.worker import OutboxWorker
from idp.sealing import MasterKeys
from tests.messaging.sms_provider import WITH_ID
from tests.support.clock import MovableClock

_ISSUER = "https://login.example.com"


def gateway(channel: str, where: str, how: str) -> Gateway:
    if channel == "sms":
        return SmsGateway(SmsRequest(where, body=WITH_ID, idempotency_header=how, timeout=60))
    return SmtpGateway(
        Server(host="localhost", port=int(where), timeout=60),
        sender="no-reply@example.com",
        message_host="login.example.com",
        tls_context=ssl.create_default_context(cafile=how),
    )


async def work(database_url: str, channel: str, where: str, how: str) -> None:
    worker = OutboxWorker(
        Database(database_url),
        MasterKeys(bytes(range(32))),
        clock=MovableClock(),
        composer=Composer(Sender("Keygate", "Example Ltd", "support@example.com", _ISSUER), Localization()),
        gateways={channel: gateway(channel, where, how)},
    )
    await worker.run()


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
