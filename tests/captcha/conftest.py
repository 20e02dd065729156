"""A CAPTCHA service that answers as a test scripts."""

import socket
from collections.abc import AsyncIterator

import pytest

from tests.messaging.sms_provider import SmsProvider


@pytest.fixture
async def service() -> AsyncIterator[SmsProvider]:
    """A real HTTP server on the loopback interface: it plays the service's `siteverify`."""
    async with SmsProvider().running() as service:
        yield service


@pytest.fixture
def free_port() -> int:
    """Where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
