"""The worker when the ground gives way: the database goes, the process ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.database.engine import Database
from idp.database.unavailable import DatabaseUnavailable
from idp.messaging.files import FileGateway, read_inbox
from idp.messaging.gateways import Delivery, Envelope, Outcome
from idp.messaging.sms import SmsGateway
from idp.messaging.store import list_fates
from tests.messaging.post import Hire, Post
from tests.messaging.sms_provider import SmsProvider

TAKE_AWAY = text("ALTER TABLE outbox RENAME TO outbox_gone")
BRING_BACK = text("ALTER TABLE outbox_gone RENAME TO outbox")


async def test_a_database_outage_loses_and_repeats_nothing(
    hire: Hire, post: Post, database: Database, sms_provider: SmsProvider, sms_gateway: SmsGateway
) -> None:
    """It goes away between sending and writing the result: that is written when it is back, and nothing is resent."""
    messages = [await post.sms() for _ in range(3)]

    class TakesTheDatabaseAway:
        """Sends for real; the first message is the database's last."""

        name = "sms"
        repeats_safely = False

        async def send(self, envelope: Envelope) -> Delivery:
            delivery = await sms_gateway.send(envelope)
            if len(sms_provider.requests) == 1:
                async with database.writing() as db:
                    await db.execute(TAKE_AWAY)
            return delivery

        async def close(self) -> None:
            await sms_gateway.close()

    worker = hire(sms=TakesTheDatabaseAway())
    for _ in range(2):
        with pytest.raises(DatabaseUnavailable):
            await worker.deliver_due()
    assert len(sms_provider.requests) == 1
    async with database.writing() as db:
        await db.execute(BRING_BACK)
    await worker.deliver_due()
    assert [await post.state(message_id) for message_id in messages] == ["sent"] * 3
    keys = [request.message_id for request in sms_provider.requests]
    assert sorted(keys) == sorted(messages)


class WatchedDatabase(Database):
    """Tells when somebody has met an outage."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.was_missed = asyncio.Event()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with super().reading() as db:
                yield db
        except DatabaseUnavailable:
            self.was_missed.set()
            raise


async def test_run_survives_an_outage_wakes_and_ends(
    hire: Hire, post: Post, database_url: str, sms_provider: SmsProvider, sms_gateway: SmsGateway, tmp_path: Path
) -> None:
    """The loop outlives a database that is gone, sends when woken, and cancelling it stops it."""
    database = WatchedDatabase(database_url)
    inbox = tmp_path / "inbox"
    worker = hire(on=database, mail=FileGateway(inbox), sms=sms_gateway)
    async with database.writing() as db:
        await db.execute(TAKE_AWAY)
    running = asyncio.create_task(worker.run())
    await database.was_missed.wait()
    async with database.writing() as db:
        await db.execute(BRING_BACK)
    mail, sms = await post.mail(), await post.sms()
    worker.wake()
    async with asyncio.timeout(10):
        while {await post.state(mail), await post.state(sms)} != {"sent"}:
            pass
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await database.close()
    assert len(sms_provider.requests) == 1
    assert [message["id"] for message in read_inbox(inbox)] == [mail]


@pytest.mark.requirement("RB-06")
async def test_stopping_the_process_gives_back_what_was_not_tried(
    hire: Hire, post: Post, database: Database, sms_provider: SmsProvider, sms_gateway: SmsGateway
) -> None:
    """Cancelled in the middle of a batch: the SMS in hand is given up, the others are queued for whoever is next."""
    messages = [await post.sms() for _ in range(3)]
    asked, never = asyncio.Event(), asyncio.Event()

    class Hangs:
        """Takes the SMS and does not come back."""

        name = "sms"
        repeats_safely = False

        async def send(self, envelope: Envelope) -> Delivery:  # noqa: ARG002 - the gateway's signature
            asked.set()
            await never.wait()
            return Delivery(Outcome.ACCEPTED)

        async def close(self) -> None:
            return None

    running = asyncio.create_task(hire(sms=Hangs()).run())
    await asked.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert sorted([await post.state(message_id) for message_id in messages]) == ["failed", "queued", "queued"]
    await hire(sms=sms_gateway).deliver_due()
    assert len(sms_provider.requests) == 2
    async with database.reading() as db:
        assert {fate.attempts for fate in await list_fates(db)} == {1}
