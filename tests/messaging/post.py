"""The outbox as tests use it: queue messages, look at their rows, let time pass."""

from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy import select

from idp.database.engine import Database
from idp.messaging.gateways import Gateway
from idp.messaging.kinds import Kind
from idp.messaging.outbox import enqueue
from idp.messaging.table import outbox
from idp.messaging.worker import OutboxWorker
from idp.sealing import MasterKeys
from tests.messaging.letters import a_mail, an_sms
from tests.support.clock import MovableClock


class Hire(Protocol):
    """Makes a worker that sends through the given gateways; `on` is another database than the test's own."""

    def __call__(self, *, on: Database | None = None, **gateways: Gateway) -> OutboxWorker: ...


class Post:
    """Queues messages, and looks at their rows."""

    def __init__(self, database: Database, keys: MasterKeys, clock: MovableClock) -> None:
        self._database, self._keys, self._clock = database, keys, clock

    async def mail(self, kind: Kind = "verify_email", **changes: str | int) -> str:
        async with self._database.writing() as db:
            return await enqueue(db, self._keys, a_mail(kind, **changes), self._clock.now())

    async def sms(self) -> str:
        async with self._database.writing() as db:
            return await enqueue(db, self._keys, an_sms(), self._clock.now())

    async def row(self, message_id: str) -> Mapping[str, Any]:
        async with self._database.reading() as db:
            found = await db.execute(select(outbox).where(outbox.c.id == message_id))
        return dict(found.mappings().one())

    async def state(self, message_id: str) -> str:
        return str((await self.row(message_id))["state"])


async def deliver_for(worker: OutboxWorker, clock: MovableClock, seconds: int, *, step: int = 1) -> None:
    """Lets the worker look every `step` seconds, as it does when it runs."""
    for _ in range(0, seconds, step):
        await worker.deliver_due()
        clock.advance(seconds=step)
