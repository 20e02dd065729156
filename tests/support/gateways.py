"""Real gateways in the place of the development inbox, for tests of what becomes of a message."""

import socket

from idp.messaging.compose import Composer
from idp.messaging.gateways import Gateway
from idp.messaging.worker import OutboxWorker
from idp.wiring import sender_of
from tests.support.provider import Provider


def send_through(provider: Provider, **gateways: Gateway) -> None:
    """By channel; a channel that is not named is not served."""
    wiring = provider.wiring
    wiring.outbox = OutboxWorker(
        wiring.database,
        wiring.master_keys,
        clock=wiring.clock,
        composer=Composer(sender_of(wiring.settings), wiring.localization),
        gateways=gateways,
    )


def unused_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.create_server(("localhost", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
