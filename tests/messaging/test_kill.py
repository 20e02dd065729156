"""kill -9 between a claim and its result, in the moment that nobody can tell afterwards: the message was taken."""

import asyncio
import signal
import sys

import pytest

from idp.messaging.sms import SmsGateway
from idp.messaging.smtp import SmtpGateway
from tests.messaging.post import Hire, Post, deliver_for
from tests.messaging.sms_provider import HANG, SmsProvider
from tests.messaging.smtp_server import KEEP, Certificate, SmtpServer
from tests.support.clock import MovableClock

LEASE = 300


async def kill_while_sending(taken: asyncio.Event, *arguments: str) -> None:
    """Starts a worker in another process, and kills it once the other side has taken what it sent."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.messaging.sending_process", *arguments, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(60):
            await taken.wait()
    finally:
        process.kill()
        assert await process.wait() == -signal.SIGKILL


@pytest.mark.requirement("RB-05")
async def test_a_mail_is_sent_again_under_its_id(
    hire: Hire,
    post: Post,
    database_url: str,
    clock: MovableClock,
    certificate: Certificate,
    smtp_server: SmtpServer,
    smtp_gateway: SmtpGateway,
) -> None:
    """Nothing is lost, and the mailbox can drop the second one: it is equal in Message-ID, Date and words."""
    message_id = await post.mail()
    smtp_server.handler.data.append(KEEP)
    await kill_while_sending(
        smtp_server.handler.kept, database_url, "mail", str(smtp_server.port), str(certificate.path)
    )
    assert await post.state(message_id) == "sending"
    worker = hire(mail=smtp_gateway)
    await deliver_for(worker, clock, LEASE, step=10)
    assert len(smtp_server.messages) == 1
    await worker.deliver_due()
    assert await post.state(message_id) == "sent"
    first, second = smtp_server.messages
    assert first["Message-ID"] == second["Message-ID"] == f"<{message_id}@login.example.com>"
    assert first["Date"] == second["Date"]
    assert first.as_string().count("482913") == second.as_string().count("482913")


@pytest.mark.requirement("RB-06")
async def test_an_sms_is_not_sent_again(
    hire: Hire,
    post: Post,
    database_url: str,
    clock: MovableClock,
    sms_provider: SmsProvider,
    sms_gateway: SmsGateway,
) -> None:
    """One SMS is billed at most; operators see that nobody knows what became of it."""
    message_id = await post.sms()
    sms_provider.answers.append((HANG, ""))
    await kill_while_sending(sms_provider.hung, database_url, "sms", sms_provider.url, "")
    await deliver_for(hire(sms=sms_gateway), clock, LEASE + 10, step=10)
    assert (await post.row(message_id))["answer"] == "outcome unknown"
    assert await post.state(message_id) == "failed"
    assert len(sms_provider.requests) == 1


@pytest.mark.requirement("RB-06")
async def test_an_sms_is_sent_again_to_a_provider_that_knows_its_id(
    hire: Hire,
    post: Post,
    database_url: str,
    clock: MovableClock,
    sms_provider: SmsProvider,
    idempotent_sms_gateway: SmsGateway,
) -> None:
    """The recipe names an idempotency header: the same key twice, and the SMS is not lost."""
    message_id = await post.sms()
    sms_provider.answers.append((HANG, ""))
    await kill_while_sending(sms_provider.hung, database_url, "sms", sms_provider.url, "Idempotency-Key")
    await deliver_for(hire(sms=idempotent_sms_gateway), clock, LEASE + 10, step=10)
    assert await post.state(message_id) == "sent"
    assert [request.headers["idempotency-key"] for request in sms_provider.requests] == [message_id] * 2
