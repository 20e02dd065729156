"""A worker that runs keeps the mail server's connection while mails come, and gives it back when they do not."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from idp.messaging import worker
from idp.messaging.gateways import Delivery, Envelope
from idp.messaging.smtp import SmtpGateway
from idp.messaging.worker import OutboxWorker
from tests.messaging.post import Hire, Post
from tests.messaging.smtp_server import SmtpServer


@dataclass
class Running:
    """A worker at work. `given_back` is set when it lets go of its connection."""

    worker: OutboxWorker
    post: Post
    given_back: asyncio.Event

    async def send(self) -> None:
        message_id = await self.post.mail()
        self.worker.wake()
        async with asyncio.timeout(20):
            while await self.post.state(message_id) != "sent":
                pass


class Watched:
    """The real gateway, and the moment at which it is closed."""

    name = "smtp"
    repeats_safely = True

    def __init__(self, gateway: SmtpGateway) -> None:
        self._gateway = gateway
        self.given_back = asyncio.Event()

    async def send(self, envelope: Envelope) -> Delivery:
        self.given_back.clear()
        return await self._gateway.send(envelope)

    async def close(self) -> None:
        await self._gateway.close()
        self.given_back.set()


@pytest.fixture
async def running(hire: Hire, post: Post, smtp_gateway: SmtpGateway) -> AsyncIterator[Running]:
    gateway = Watched(smtp_gateway)
    hired = hire(mail=gateway)
    task = asyncio.create_task(hired.run())
    yield Running(hired, post, gateway.given_back)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert gateway.given_back.is_set()


async def test_mails_that_come_one_by_one_share_a_connection(
    running: Running, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is sent at once, and the server is greeted once, however long a busy machine takes for them."""
    monkeypatch.setattr(worker, "_POLL_SECONDS", 3600)
    for _ in range(5):
        await running.send()
    assert len(smtp_server.messages) == 5
    assert smtp_server.greeted == 1


async def test_it_is_given_back_when_nothing_comes(running: Running, smtp_server: SmtpServer) -> None:
    """After a second or two; the next mail has another one."""
    await running.send()
    async with asyncio.timeout(20):
        await running.given_back.wait()
    await running.send()
    assert smtp_server.greeted == 2


async def test_a_server_that_restarts_meanwhile_costs_no_mail(running: Running, smtp_server: SmtpServer) -> None:
    """Nor a try: the mail that finds out is sent on a new connection."""
    await running.send()
    await smtp_server.stop()
    await smtp_server.start()
    await running.send()
    assert len(smtp_server.messages) == 2
