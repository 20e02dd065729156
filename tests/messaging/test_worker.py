"""The worker: every message once, whatever the gateways answer and however many workers there are."""

import asyncio
from collections.abc import Callable

import pytest

from idp.database.engine import Database
from idp.messaging.sms import SmsGateway, SmsRequest
from idp.messaging.smtp import SmtpGateway
from idp.messaging.table import outbox
from idp.messaging.worker import OutboxWorker
from tests.messaging.post import Hire, Post, deliver_for
from tests.messaging.sms_provider import HANG, LOST, WITH_ID, SmsProvider
from tests.messaging.smtp_server import CUT, SmtpServer
from tests.support.clock import MovableClock


@pytest.mark.requirement("LG-08")
async def test_mail_and_sms_are_sent_and_forgotten(
    hire: Hire,
    post: Post,
    clock: MovableClock,
    smtp_server: SmtpServer,
    smtp_gateway: SmtpGateway,
    sms_provider: SmsProvider,
    sms_gateway: SmsGateway,
) -> None:
    """Each channel delivers; the row then says when, by what and with which answer, and holds no payload."""
    mail, sms = await post.mail(), await post.sms()
    clock.advance(seconds=2)
    worker = hire(mail=smtp_gateway, sms=sms_gateway)
    assert await worker.deliver_due() == 2
    assert await worker.deliver_due() == 0
    assert smtp_server.messages[0]["Message-ID"] == f"<{mail}@login.example.com>"
    assert "482913" in sms_provider.requests[0].body
    sent = await post.row(mail)
    assert (sent["state"], sent["gateway"], sent["attempts"]) == ("sent", "smtp", 1)
    assert sent["answer"] == "250 2.0.0 queued as 4711"
    assert sent["sent_at"] == clock.now()
    assert sent["sealed_payload"] is None
    assert (await post.row(sms))["sealed_payload"] is None


@pytest.mark.requirement("RB-04")
async def test_server_down_for_half_an_hour(
    hire: Hire, post: Post, clock: MovableClock, smtp_server: SmtpServer, smtp_gateway: SmtpGateway
) -> None:
    """Codes that die in the queue are dropped; all the rest goes out, once and in order, within 60 s of the return."""
    await smtp_server.stop()
    worker = hire(mail=smtp_gateway)
    dead = await post.mail()
    notices = [await post.mail(kind="otp_enabled", expires_at=clock.now() + 86400) for _ in range(3)]
    await deliver_for(worker, clock, 1800, step=10)
    late = await post.mail(expires_at=clock.now() + 900)
    assert (await post.row(notices[0]))["attempts"] == 0
    await smtp_server.start()
    await deliver_for(worker, clock, 60)
    wanted = [f"<{message_id}@login.example.com>" for message_id in (*notices, late)]
    assert sorted(mail["Message-ID"] for mail in smtp_server.messages) == sorted(wanted)
    assert [await post.state(message_id) for message_id in (dead, *notices, late)] == ["expired"] + ["sent"] * 4
    assert (await post.row(dead))["sealed_payload"] is None


@pytest.mark.requirement("RB-05")
async def test_temporary_refusals_back_off_and_end(
    hire: Hire, post: Post, clock: MovableClock, smtp_server: SmtpServer, smtp_gateway: SmtpGateway
) -> None:
    """Eight tries, each later than the one before by 1 to 60 s, then the mail has failed with the server's words."""
    worker = hire(mail=smtp_gateway)
    message_id = await post.mail(expires_at=clock.now() + 86400)
    smtp_server.handler.rcpt.extend(["450 4.2.0 greylisted"] * 20)
    waits = []
    while (row := await post.row(message_id))["state"] == "queued":
        waits.append(row["due_at"] - clock.now())
        clock.advance(seconds=waits[-1] + 30)  # 30: the pause that a failing server gets
        await worker.deliver_due()
    assert (row["state"], row["attempts"], row["answer"]) == ("failed", 8, "450 4.2.0 greylisted")
    assert len(waits) == 8
    for wait, least in zip(waits[1:], [1, 2, 4, 8, 16, 32, 60], strict=True):
        assert least <= wait <= min(60, least * 5 // 4)


@pytest.mark.requirement("RB-05")
async def test_a_permanent_refusal_fails_at_once(
    hire: Hire, post: Post, smtp_server: SmtpServer, smtp_gateway: SmtpGateway
) -> None:
    """5yz is not tried again, and the other mails of the batch go out."""
    smtp_server.handler.rcpt.append("550 5.1.1 no such mailbox")
    first, second = await post.mail(), await post.mail()
    await hire(mail=smtp_gateway).deliver_due()
    states = {await post.state(first), await post.state(second)}
    assert states == {"failed", "sent"}
    assert len(smtp_server.messages) == 1


@pytest.mark.requirement("RB-05")
async def test_a_mail_cut_after_data_comes_twice_with_one_id(
    hire: Hire, post: Post, clock: MovableClock, smtp_server: SmtpServer, smtp_gateway: SmtpGateway
) -> None:
    """The answer was lost: it is sent again, equal in Message-ID and Date, so that mailboxes can drop one."""
    smtp_server.handler.data.append(CUT)
    message_id = await post.mail()
    await deliver_for(hire(mail=smtp_gateway), clock, 5)
    assert await post.state(message_id) == "sent"
    first, second = smtp_server.messages
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]


async def test_a_batch_of_mails_is_one_connection(
    hire: Hire, post: Post, smtp_server: SmtpServer, smtp_gateway: SmtpGateway
) -> None:
    """Fifteen mails that wait together, one of them refused: the server is greeted twice, not fifteen times."""
    for _ in range(15):
        await post.mail()
    smtp_server.handler.rcpt.extend(["250 OK"] * 4 + ["550 5.1.1 no such mailbox"])
    assert await hire(mail=smtp_gateway).deliver_due() == 15
    assert len(smtp_server.messages) == 14
    assert len(smtp_server.handler.connections) == 2


@pytest.mark.requirement("RB-05")
async def test_a_mail_that_was_put_off_keeps_its_id(
    hire: Hire, post: Post, clock: MovableClock, smtp_server: SmtpServer, smtp_gateway: SmtpGateway
) -> None:
    """Refused for now at each step of the conversation: the mail that arrives bears the id of its row."""
    smtp_server.handler.mail.append("451 4.3.0 later")
    smtp_server.handler.rcpt.append("450 4.2.0 greylisted")
    smtp_server.handler.data.append("452 4.3.1 full")
    message_id = await post.mail()
    await deliver_for(hire(mail=smtp_gateway), clock, 15)
    assert [mail["Message-ID"] for mail in smtp_server.messages] == [f"<{message_id}@login.example.com>"]
    assert (await post.row(message_id))["attempts"] == 4


@pytest.mark.requirement("RB-06")
@pytest.mark.parametrize("lost", [LOST, HANG])
async def test_an_sms_of_unknown_outcome_is_not_repeated(
    hire: Hire, post: Post, clock: MovableClock, sms_provider: SmsProvider, sms_gateway: SmsGateway, lost: int
) -> None:
    """Accepted but lost: one SMS at most, and operators see that nobody knows."""
    sms_provider.answers.append((lost, ""))
    message_id = await post.sms()
    await deliver_for(hire(sms=sms_gateway), clock, 10)
    row = await post.row(message_id)
    assert row["state"] == "failed"
    assert row["answer"].startswith("unknown")
    assert row["sealed_payload"] is None  # nobody, not even an operator, may send it twice
    assert len(sms_provider.requests) == 1


@pytest.mark.requirement("RB-06")
async def test_an_sms_is_tried_three_times_with_one_key(
    hire: Hire, post: Post, clock: MovableClock, sms_provider: SmsProvider, idempotent_sms_gateway: SmsGateway
) -> None:
    """500 and 429: three tries within a minute, all under one idempotency key."""
    sms_provider.answers.extend([(500, "oops"), (429, "slow down"), (500, "oops"), (200, "too late")])
    message_id = await post.sms()
    await deliver_for(hire(sms=idempotent_sms_gateway), clock, 60)
    assert (await post.row(message_id))["answer"] == "500 oops"
    assert await post.state(message_id) == "failed"
    assert [request.headers["idempotency-key"] for request in sms_provider.requests] == [message_id] * 3


@pytest.mark.requirement("RB-06")
@pytest.mark.parametrize("lost", [LOST, HANG])
async def test_a_provider_that_knows_the_id_is_asked_again(
    hire: Hire,
    post: Post,
    clock: MovableClock,
    sms_provider: SmsProvider,
    idempotent_sms_gateway: SmsGateway,
    lost: int,
) -> None:
    """Where the recipe names an idempotency header, an SMS of unknown outcome goes again under the same key."""
    sms_provider.answers.append((lost, ""))
    message_id = await post.sms()
    await deliver_for(hire(sms=idempotent_sms_gateway), clock, 10)
    assert await post.state(message_id) == "sent"
    assert [request.headers["idempotency-key"] for request in sms_provider.requests] == [message_id] * 2


@pytest.mark.requirement("RB-06")
async def test_a_failing_provider_is_left_alone_for_a_while(
    hire: Hire, post: Post, clock: MovableClock, sms_provider: SmsProvider, sms_gateway: SmsGateway
) -> None:
    """After five failures in a row no request goes out; at most 30 s later one tries, and then all are sent."""
    messages = [await post.sms() for _ in range(10)]
    sms_provider.answers.extend([(503, "down")] * 5)
    worker = hire(sms=sms_gateway)
    await worker.deliver_due()
    assert len(sms_provider.requests) == 5
    clock.advance(seconds=5)
    await worker.deliver_due()
    assert len(sms_provider.requests) == 5
    await deliver_for(worker, clock, 40)
    assert {await post.state(message_id) for message_id in messages} == {"sent"}
    assert len(sms_provider.requests) == 15


@pytest.mark.requirement("LG-01")
async def test_a_gateway_that_repeats_the_code_does_not_store_it(
    hire: Hire, post: Post, sms_provider: SmsProvider, sms_gateway: SmsGateway
) -> None:
    """A provider that echoes the SMS leaves no code in the answer that operators read."""
    sms_provider.answers.append((200, '{"text": "482913 is your code", "spaced": "482 913",\r\n"id": 7}'))
    message_id = await post.sms()
    await hire(sms=sms_gateway).deliver_due()
    answer = (await post.row(message_id))["answer"]
    assert answer == '200 {"text": "[removed] is your code", "spaced": "[removed]", "id": 7}'


@pytest.mark.requirement("RB-04")
async def test_two_workers_send_each_message_once(
    hire: Hire,
    post: Post,
    database_url: str,
    smtp_server: SmtpServer,
    open_smtp_gateway: Callable[[], SmtpGateway],
    sms_provider: SmsProvider,
) -> None:
    """Two processes empty one outbox at the same time: 45 mails and 25 SMS, none of them twice."""
    for _ in range(45):
        await post.mail()
    for _ in range(25):
        await post.sms()
    second_database = Database(database_url)

    async def empty(worker: OutboxWorker) -> int:
        total = 0
        while handled := await worker.deliver_due():
            total += handled
        return total

    first = hire(mail=open_smtp_gateway(), sms=SmsGateway(SmsRequest(sms_provider.url, body=WITH_ID)))
    second = hire(
        on=second_database, mail=open_smtp_gateway(), sms=SmsGateway(SmsRequest(sms_provider.url, body=WITH_ID))
    )
    shares = await asyncio.gather(empty(first), empty(second))
    await second_database.close()
    assert sum(shares) == 70
    assert len({mail["Message-ID"] for mail in smtp_server.messages}) == len(smtp_server.messages) == 45
    keys = [request.message_id for request in sms_provider.requests]
    assert len(set(keys)) == len(keys) == 25


async def test_a_dead_workers_mail_is_sent_by_another(
    hire: Hire, post: Post, database: Database, clock: MovableClock, smtp_server: SmtpServer, smtp_gateway: SmtpGateway
) -> None:
    """A claim without a result ends with its lease: the mail goes out then, and no earlier."""
    message_id = await post.mail(expires_at=clock.now() + 86400)
    async with database.writing() as db:
        await db.execute(outbox.update().values(state="sending", attempts=1, due_at=clock.now() + 300))
    worker = hire(mail=smtp_gateway)
    await deliver_for(worker, clock, 300, step=10)
    assert smtp_server.messages == []
    await worker.deliver_due()
    assert await post.state(message_id) == "sent"
    assert len(smtp_server.messages) == 1


@pytest.mark.requirement("RB-06")
async def test_a_dead_workers_sms_is_not_repeated(
    hire: Hire, post: Post, database: Database, clock: MovableClock, sms_provider: SmsProvider, sms_gateway: SmsGateway
) -> None:
    """It may have gone out: it is given up, and the person can ask for a new code."""
    message_id = await post.sms()
    async with database.writing() as db:
        await db.execute(outbox.update().values(state="sending", attempts=1, due_at=clock.now()))
    await hire(sms=sms_gateway).deliver_due()
    assert (await post.row(message_id))["answer"] == "outcome unknown"
    assert await post.state(message_id) == "failed"
    assert sms_provider.requests == []


async def test_one_broken_message_does_not_stop_the_others(
    hire: Hire, post: Post, database: Database, smtp_server: SmtpServer, smtp_gateway: SmtpGateway
) -> None:
    """A payload that cannot be opened, and a link to elsewhere, fail alone."""
    unreadable = await post.mail()
    async with database.writing() as db:
        await db.execute(outbox.update().values(sealed_payload=b"noise"))
    elsewhere = await post.mail(link="https://evil.example/verify")
    good = await post.mail()
    await hire(mail=smtp_gateway).deliver_due()
    states = [await post.state(message_id) for message_id in (unreadable, elsewhere, good)]
    assert states == ["failed", "failed", "sent"]
    assert (await post.row(elsewhere))["answer"] == "not composable: NotComposable"
