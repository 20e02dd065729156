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

from idp import metrics
from idp.clock import Clock
from idp.database.engine import Database
from idp.database.unavailable import DatabaseUnavailable
from idp.messaging import store
from idp.messaging.channels import Channel, ComposedChannel, NotSendable, Pace
from idp.messaging.compose import Composer
from idp.messaging.gateways import Delivery, Gateway, Outcome
from idp.messaging.lanes import ResultLane
from idp.messaging.store import ClaimedMessage, Result
from idp.sealing import MasterKeys

_BATCH = 20
_LEASE_SECONDS = 300
_SEND_SECONDS = 60.0  # a bound over all of one message's steps, each of which the gateway bounds too
_POLL_SECONDS = 1.0
_COUNT_SECONDS = 15.0  # as often as Prometheus usually asks
_PACES = {
    "mail": Pace(tries=8, delays=(1, 2, 4, 8, 16, 32, 60)),
    "sms": Pace(tries=3, delays=(1, 2)),
}
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
        self._database = database
        self._results = ResultLane(database)
        self._clock = clock
        self._channels: dict[str, _ChannelWorker] = {}
        for name, gateway in gateways.items():
            self.serve(ComposedChannel(name, gateway, keys=keys, composer=composer, pace=_PACES[name]))

    def serve(self, channel: Channel) -> None:
        """One more way out; to be called before the work begins."""
        self._channels[channel.name] = _ChannelWorker(self._database, channel, results=self._results, clock=self._clock)

    def wake(self) -> None:
        """Sends without waiting for the next look at the table: call it after a commit that queued something."""
        for channel in self._channels.values():
            channel.awake.set()

    def paused_channels(self) -> frozenset[str]:
        """Channels whose gateway fails so often that this process leaves it alone for the moment."""
        return frozenset(worker.name for worker in self._channels.values() if worker.is_paused)

    async def deliver_due(self) -> int:
        """Handles one batch of each channel; the number of messages claimed. Raises `DatabaseUnavailable`."""
        return sum([await channel.deliver_alone() for channel in self._channels.values()])

    async def deliver_now(self, channel: str, ids: Sequence[str], *, seconds: float) -> frozenset[str]:
        """Gives messages their first try beside the batches; which of them have arrived within the time.

        Whoever waits for them waits no longer than that: a try that takes longer goes on, and so do the later ones.
        """
        worker = self._channels.get(channel)
        return await worker.deliver_now(ids, seconds=seconds) if worker and ids else frozenset()

    async def run(self) -> None:
        """Works until it is cancelled. A database or a gateway that is gone only makes it wait."""
        async with asyncio.TaskGroup() as tasks:
            for channel in self._channels.values():
                tasks.create_task(channel.run())
            tasks.create_task(self._count_for_ever())

    async def count_waiting(self) -> None:
        """For the metrics: what all processes together have left to send. Raises `DatabaseUnavailable`."""
        async with self._database.reading() as db:
            waiting = await store.count_waiting(db)
        for channel in self._channels:
            metrics.set_outbox_waiting(channel, waiting.get(channel, 0))

    async def _count_for_ever(self) -> None:
        while True:
            with contextlib.suppress(DatabaseUnavailable):
                await self.count_waiting()
            await asyncio.sleep(_COUNT_SECONDS)


class _ChannelWorker:
    def __init__(self, database: Database, channel: Channel, *, results: ResultLane, clock: Clock) -> None:
        self._database = database
        self._results = results
        self._channel = channel
        self._clock = clock
        self._unrecorded: list[Result] = []  # at most one batch: nothing new is claimed before they are written
        self._failures = 0  # of the gateway, in a row
        self._paused_until = 0
        self._one_batch = asyncio.Lock()
        self._first_tries: set[asyncio.Task[bool]] = set()
        self.awake = asyncio.Event()

    @property
    def name(self) -> str:
        return self._channel.name

    @property
    def is_paused(self) -> bool:
        return self._clock.now() < self._paused_until

    async def run(self) -> None:
        try:
            await self._work()
        finally:
            for first_try in self._first_tries:
                first_try.cancel()
            await asyncio.gather(*self._first_tries, return_exceptions=True)
            with contextlib.suppress(DatabaseUnavailable):
                await self._record([])
            await self._channel.close()  # last: the other side may take its time for a farewell

    async def _work(self) -> None:
        while True:
            self.awake.clear()
            claimed = 0
            try:
                claimed = await self.deliver_due()
            except DatabaseUnavailable as error:
                log.warning("outbox_database_unavailable", channel=self.name, error=str(error))
            except Exception:
                log.exception("outbox_batch_failed", channel=self.name)
            if claimed < _BATCH and not await self._is_woken() and not claimed:
                await self._channel.close()

    async def _is_woken(self) -> bool:
        """Before the next look at the table."""
        try:
            async with asyncio.timeout(_POLL_SECONDS):
                return await self.awake.wait()
        except TimeoutError:
            return False

    async def deliver_due(self) -> int:
        """What the channel has opened stays open: where messages come one by one, a second is not too long for it."""
        async with self._one_batch:
            await self._record([])
            claimed = await self._claim()
            await self._deliver_all(claimed)
            return len(claimed)

    async def deliver_alone(self) -> int:
        try:
            return await self.deliver_due()
        finally:
            await self._channel.close()

    async def deliver_now(self, ids: Sequence[str], *, seconds: float) -> frozenset[str]:
        lease_ends = self._clock.now() + _LEASE_SECONDS
        async with self._database.writing() as db:
            claimed = await store.claim_untried(db, ids, lease_ends=lease_ends)
        tries = {asyncio.create_task(self._deliver_one(message)): message.id for message in claimed}
        for first_try in tries:
            self._first_tries.add(first_try)
            first_try.add_done_callback(self._first_tries.discard)
        if not tries:
            return frozenset()
        done, _ = await asyncio.wait(tries, timeout=seconds)
        return frozenset(tries[first_try] for first_try in done if first_try.result())

    async def _deliver_one(self, message: ClaimedMessage) -> bool:
        """Whether it arrived. What is not written down is tried again when the lease is over."""
        result = await self._deliver(message)
        try:
            await self._results.record(result)
        except Exception:
            log.exception("first_try_not_recorded", id=message.id)
        return result.state == "sent"

    async def _claim(self) -> list[ClaimedMessage]:
        now = self._clock.now()
        if now < self._paused_until:
            return []
        async with self._database.reading() as db:
            if not await store.has_due(db, self.name, now):
                return []
        async with self._database.writing() as db:
            await store.drop_dead(db, self.name, now, repeats_safely=self._channel.repeats_safely)
            return await store.claim(db, self.name, limit=_BATCH, now=now, lease_ends=now + _LEASE_SECONDS)

    async def _deliver_all(self, claimed: list[ClaimedMessage]) -> None:
        waiting = deque(claimed)
        try:
            while waiting:
                together = [waiting.popleft() for _ in range(min(self._channel.pace.parallel, len(waiting)))]
                await self._record(await asyncio.gather(*map(self._deliver, together)))
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
            delivery = await self._send(message)
        except NotSendable as error:
            return self._result(message, "failed", str(error))
        except asyncio.CancelledError:
            self._unrecorded.append(self._conclude(message, Outcome.UNKNOWN, "cut off by the end of the process"))
            raise
        return self._conclude(message, delivery.outcome, delivery.answer)

    async def _send(self, message: ClaimedMessage) -> Delivery:
        try:
            async with asyncio.timeout(_SEND_SECONDS):
                return await self._channel.send(message)
        except TimeoutError:
            return Delivery(Outcome.UNKNOWN, "the gateway took too long")
        except NotSendable:
            raise
        except Exception as error:
            log.exception("gateway_failed", gateway=self._channel.gateway_name)
            return Delivery(Outcome.UNKNOWN, type(error).__name__)

    def _conclude(self, message: ClaimedMessage, outcome: Outcome, answer: str) -> Result:
        pause = self._pause_after(outcome, answer)
        if outcome is Outcome.UNREACHABLE:
            return self._retry(message, answer, delay=pause, counted=False)
        if outcome is Outcome.ACCEPTED:
            return self._result(message, "sent", answer)
        may_repeat = outcome is Outcome.TEMPORARY or (outcome is Outcome.UNKNOWN and self._channel.repeats_safely)
        if may_repeat and message.attempts < self._channel.pace.tries:
            delays = self._channel.pace.delays
            delay = _spread(delays[message.attempts - 1], longest=delays[-1])
            return self._retry(message, answer, delay=delay, counted=True)
        log.warning("message_failed", id=message.id, kind=message.kind, outcome=outcome.value, answer=answer)
        failed = self._result(message, "failed", answer if may_repeat else f"{outcome.value}: {answer}")
        return replace(failed, keeps_payload=may_repeat or outcome is Outcome.PERMANENT)

    def _pause_after(self, outcome: Outcome, answer: str) -> int:
        """Leaves a failing gateway alone for a while; one message then tries whether it is back."""
        if outcome in {Outcome.ACCEPTED, Outcome.PERMANENT} or not self._channel.pace.pauses:
            self._failures = 0
            return 0
        self._failures += 1
        if outcome is not Outcome.UNREACHABLE and self._failures < _FAILURES_BEFORE_PAUSE:
            return 0
        pause = _spread(min(_LONGEST_PAUSE, 1 << min(self._failures - 1, 10)), longest=_LONGEST_PAUSE)
        self._paused_until = self._clock.now() + pause
        log.error("gateway_unavailable", gateway=self._channel.gateway_name, answer=answer, pause=pause)
        return pause

    def _retry(self, message: ClaimedMessage, answer: str, *, delay: int, counted: bool) -> Result:
        now = self._clock.now()
        attempts = message.attempts if counted else message.attempts - 1
        return Result(
            message, "queued", self._channel.gateway_name, answer, at=now, due_at=now + delay, attempts=attempts
        )

    def _result(self, message: ClaimedMessage, state: str, answer: str) -> Result:
        now = self._clock.now()
        return Result(message, state, self._channel.gateway_name, answer, at=now, due_at=now, attempts=message.attempts)

    async def _record(self, results: Sequence[Result]) -> None:
        """Writes the results down; those of an unreachable database are kept, and written before the next claim."""
        self._unrecorded += results
        while self._unrecorded:
            await self._results.record(self._unrecorded[0])
            del self._unrecorded[0]


def _spread(seconds: int, *, longest: int) -> int:
    """With up to a quarter on top, so that several workers do not knock in step."""
    return min(longest, seconds + secrets.randbelow(seconds // 4 + 1))
