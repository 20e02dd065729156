"""Deletes what has expired and can never count again, in small batches that stand in nobody's way.

A turn goes on until nothing is left, resting nine times as long after each batch as the batch took: however much there
is to do, a tenth of one connection does it. Processes take turns.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.captcha import store as captcha
from idp.clients import initial_tokens
from idp.clients import store as clients
from idp.clock import Clock
from idp.credentials import one_time_codes, otp_recoveries
from idp.database.engine import Database
from idp.database.sweeping import Place, Sweep, sweep_batch
from idp.database.turns import one_at_a_time
from idp.database.unavailable import DatabaseUnavailable
from idp.decoupled import store as decoupled
from idp.grants import sweeping as grants
from idp.keys import rotation
from idp.messaging import store as messages
from idp.replay import store as replay
from idp.sessions import sweeping as sessions
from idp.support import objections
from idp.throttling import attempts

_Done = TypeVar("_Done")

_BATCH = 100  # on SQLite everybody waits for it: 7 to 13 ms, where 500 grants took 17 to 45
_RESTS_TIMES = 9
_PAUSE_SECONDS = 60
_REWIND_SECONDS = 3600

# Grants before sessions: a session stays as long as a grant names it.
SWEEPS: tuple[Sweep, ...] = (
    *grants.SWEEPS,
    *(sessions.SWEEP, one_time_codes.SWEEP, otp_recoveries.SWEEP, attempts.SWEEP, messages.SWEEP, captcha.SWEEP),
    *(replay.SWEEP, decoupled.SWEEP, objections.SWEEP),
)

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Pruner:
    """Remembers how far it has come along each index, so that rows which had to stay are not read every minute.

    Once an hour it begins anew: what held a row may be gone. `sleep` and `stopwatch` (seconds) are a test's to replace.
    """

    database: Database
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    stopwatch: Callable[[], float] = time.monotonic
    _places: dict[Sweep, Place] = field(default_factory=dict)
    _rewound_at: int = 0

    async def turn(self, now: int) -> int:
        """Everything that is over, batch by batch; how many rows went. Raises `DatabaseUnavailable`."""
        if now >= self._rewound_at + _REWIND_SECONDS:
            self._places.clear()
            self._rewound_at = now
        pruned = 0
        for sweep in SWEEPS:
            pruned += await self._sweep(sweep, now)
        while erased := await self._batch(lambda db: messages.erase_dead_payloads(db, now, _BATCH)):
            log.debug("payloads_erased", rows=erased)
        for chore in (initial_tokens.forget_useless, clients.delete_expired_secrets, rotation.retire_expired_keys):
            pruned += await self._batch(partial(chore, now=now))
        return pruned

    async def _sweep(self, sweep: Sweep, now: int) -> int:
        pruned = 0
        while True:
            place = self._places.get(sweep)
            batch = await self._batch(partial(sweep_batch, sweep=sweep, now=now, limit=_BATCH, place=place))
            pruned += batch.deleted
            if batch.next_place is None:
                return pruned
            self._places[sweep] = batch.next_place

    async def _batch(self, work: Callable[[AsyncConnection], Awaitable[_Done]]) -> _Done:
        started = self.stopwatch()
        async with self.database.writing() as db:
            done = await work(db)
        await self.sleep(_RESTS_TIMES * (self.stopwatch() - started))
        return done


async def prune_for_ever(database: Database, clock: Clock) -> None:
    """Until cancelled. A database that is gone is tried again at the next turn."""
    pruner = Pruner(database)
    while True:
        await asyncio.sleep(_PAUSE_SECONDS)
        with contextlib.suppress(DatabaseUnavailable):
            async with one_at_a_time(database, "prune") as is_mine:
                if is_mine and (pruned := await pruner.turn(clock.now())):
                    log.info("pruned", rows=pruned)
