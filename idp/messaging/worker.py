"""Sends what is in the outbox.

Each message is claimed under a lease (committed), sent outside any transaction, and its result is written in another
one. What happens when the process dies in between depends on the gateway: a mail is sent again with the same
`Message-ID`, an SMS only if the provider knows its id again (`repeats_safely`).
"""

import asyncio
import contextlib
import secrets
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace

import structlog

from idp.clock import Clock
from idp.database.engine import Database, DatabaseUnavailable
from idp.messaging import store
from idp.messaging.answers import clean_answer
from idp.messaging.compose import Composer
from idp.messaging.gateways import Delivery, Envelope, Gateway, Outcome
from idp.messaging.outbox import open_payload
from idp.messaging.store import ClaimedMessage, Result
from idp.sealing import MasterKeys

_BATCH = 20
_LEASE_SECONDS = 300
_SEND_SECONDS = 60.0  # a bound over all of one message's steps, each of which the gateway bounds too
_POLL_SECONDS = 1.0
_TRIES = {"mail": 8, "sms": 3}
_LONGEST_DELAY = 60
_LONGEST_PAUSE = 30
_FAILURES_BEFORE_PAUSE = 5

log = structlog.get_logger(__name__)


class OutboxWorker:
    """One per process; any number of processes share an outbox. Channels do not wait for each other."""

    def __init__(
        self,
        database: Database,
        keys: MasterKeys,
        *,
        clock: Clock,
        composer: Composer,
        gateways: Mapping[str, Gateway],
    ) -> None:
        self._channels = [
            _ChannelWorker(database, keys, clock=clock, composer=composer, channel=channel, gateway=gateway)
            for channel, gateway in gateways.items()
        ]

    def wake(self) -> None:
        """Sends without waiting for the next look at the table: call it after a commit that queued something."""
        for channel in self._channels:
            channel.awake.set()

    def paused_channels(self) -> frozenset[str]:
        """Channels whose gateway fails so often that this process leaves it alone for the moment."""
        return frozenset(worker.name for worker in self._channels if worker.is_paused)

    async def deliver_due(self) -> int:
        """Handles one batch of each channel; the number of messages claimed. Raises `DatabaseUnavailable`."""
        return sum([await channel.deliver_due() for channel in self._channels])

    async def run(self) -> None:
        """Works until it is cancelled. A database or a gateway that is gone only makes it wait."""
        async with asyncio.TaskGroup() as tasks:
            for channel in self._channels:
                tasks.create_task(channel.run())


class _ChannelWorker:
    def __init__(
        self,
        database: Database,
        keys: MasterKeys,
        *,
        clock: Clock,
        composer: Composer,
        channel: str,
        gateway: Gateway,
    ) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._composer = composer
        self._channel = channel
        self._gateway = gateway
        self._unrecorded: list[Result] = []  # at most one batch: nothing new is claimed before they are written
        self._failures = 0  # of the gateway, in a row
        self._paused_until = 0
        self._one_batch = asyncio.Lock()
        self.awake = asyncio.Event()

    @property
    def name(self) -> str:
        return self._channel

    @property
    def is_paused(self) -> bool:
        return self._clock.now() < self._paused_until

    async def run(self) -> None:
        try:
            await self._work()
        finally:
            with contextlib.suppress(DatabaseUnavailable):
                await self._record([])

    async def _work(self) -> None:
        while True:
            self.awake.clear()
            claimed = 0
            try:
                claimed = await self.deliver_due()
            except DatabaseUnavailable as error:
                log.warning("outbox_database_unavailable", channel=self._channel, error=str(error))
            except Exception:
                log.exception("outbox_batch_failed", channel=self._channel)
            if claimed < _BATCH:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_POLL_SECONDS):
                        await self.awake.wait()

    async def deliver_due(self) -> int:
        async with self._one_batch:
            await self._record([])
            claimed = await self._claim()
            try:
                await self._deliver_all(claimed)
            finally:
                await self._gateway.close()
            return len(claimed)

    async def _claim(self) -> list[ClaimedMessage]:
        now = self._clock.now()
        if now < self._paused_until:
            return []
        async with self._database.reading() as db:
            if not await store.has_due(db, self._channel, now):
                return []
        async with self._database.writing() as db:
            await store.drop_dead(db, self._channel, now, repeats_safely=self._gateway.repeats_safely)
            return await store.claim(db, self._channel, limit=_BATCH, now=now, lease_ends=now + _LEASE_SECONDS)

    async def _deliver_all(self, claimed: list[ClaimedMessage]) -> None:
        waiting = deque(claimed)
        try:
            while waiting:
                await self._record([await self._deliver(waiting.popleft())])
        finally:
            # The database went away, or the process ends: the rest was not tried, and need not wait for its lease.
            self._unrecorded += [self._retry(message, "not tried", delay=0, counted=False) for message in waiting]

    async def _deliver(self, message: ClaimedMessage) -> Result:
        now = self._clock.now()
        if message.expires_at <= now:
            return self._result(message, "expired", "expired before it could be sent")
        if now < self._paused_until or now + _SEND_SECONDS >= message.due_at:
            return self._retry(message, "the gateway is down", delay=max(1, self._paused_until - now), counted=False)
        try:
            locale, values = open_payload(self._keys, message.id, message.sealed_payload)
            envelope = self._composer.compose(message, locale, values)
        except Exception as error:
            # Whatever is wrong with this message must not keep the others waiting.
            log.exception("message_not_composable", id=message.id, kind=message.kind)
            return self._result(message, "failed", f"not composable: {type(error).__name__}")
        try:
            delivery = await self._send(envelope)
        except asyncio.CancelledError:
            self._unrecorded.append(self._conclude(message, Outcome.UNKNOWN, "cut off by the end of the process"))
            raise
        answer = clean_answer(delivery.answer, (envelope.code, *envelope.links))
        return self._conclude(message, delivery.outcome, answer)

    async def _send(self, envelope: Envelope) -> Delivery:
        try:
            async with asyncio.timeout(_SEND_SECONDS):
                return await self._gateway.send(envelope)
        except TimeoutError:
            return Delivery(Outcome.UNKNOWN, "the gateway took too long")
        except Exception as error:
            log.exception("gateway_failed", gateway=self._gateway.name)
            return Delivery(Outcome.UNKNOWN, type(error).__name__)

    def _conclude(self, message: ClaimedMessage, outcome: Outcome, answer: str) -> Result:
        pause = self._pause_after(outcome, answer)
        if outcome is Outcome.UNREACHABLE:
            return self._retry(message, answer, delay=pause, counted=False)
        if outcome is Outcome.ACCEPTED:
            return self._result(message, "sent", answer)
        may_repeat = outcome is Outcome.TEMPORARY or (outcome is Outcome.UNKNOWN and self._gateway.repeats_safely)
        if may_repeat and message.attempts < _TRIES[self._channel]:
            return self._retry(message, answer, delay=_delay(message.attempts, _LONGEST_DELAY), counted=True)
        log.warning("message_failed", id=message.id, kind=message.kind, outcome=outcome.value, answer=answer)
        failed = self._result(message, "failed", answer if may_repeat else f"{outcome.value}: {answer}")
        return replace(failed, keeps_payload=may_repeat or outcome is Outcome.PERMANENT)

    def _pause_after(self, outcome: Outcome, answer: str) -> int:
        """Leaves a failing gateway alone for a while; one message then tries whether it is back."""
        if outcome in {Outcome.ACCEPTED, Outcome.PERMANENT}:
            self._failures = 0
            return 0
        self._failures += 1
        if outcome is not Outcome.UNREACHABLE and self._failures < _FAILURES_BEFORE_PAUSE:
            return 0
        pause = _delay(self._failures, _LONGEST_PAUSE)
        self._paused_until = self._clock.now() + pause
        log.error("gateway_unavailable", gateway=self._gateway.name, answer=answer, pause=pause)
        return pause

    def _retry(self, message: ClaimedMessage, answer: str, *, delay: int, counted: bool) -> Result:
        now = self._clock.now()
        attempts = message.attempts if counted else message.attempts - 1
        return Result(message, "queued", self._gateway.name, answer, at=now, due_at=now + delay, attempts=attempts)

    def _result(self, message: ClaimedMessage, state: str, answer: str) -> Result:
        now = self._clock.now()
        return Result(message, state, self._gateway.name, answer, at=now, due_at=now, attempts=message.attempts)

    async def _record(self, results: Sequence[Result]) -> None:
        """Writes the results down; those of an unreachable database are kept, and written before the next claim."""
        self._unrecorded += results
        if self._unrecorded:
            async with self._database.writing() as db:
                for result in self._unrecorded:
                    await store.record_result(db, result)
            self._unrecorded = []


def _delay(attempt: int, longest: int) -> int:
    """1, 2, 4 … seconds with up to a quarter on top, so that several workers do not knock in step."""
    delay = min(longest, 1 << min(attempt - 1, 10))
    return min(longest, delay + secrets.randbelow(delay // 4 + 1))
