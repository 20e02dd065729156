"""Collects what is asked while a batch is under way, and gives everybody the row of their own.

A batch is one transaction: its entries are committed together before any of them is answered, or none is. It goes in
the order of keys, so that two of them never wait for each other's rows crosswise. A key is under way once: whoever asks
for it meanwhile waits for a later batch, and sees what the one before did.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol

from idp.database.lanes.statement import CompiledStatement
from idp.database.unavailable import DatabaseUnavailable

# A batch of 64 takes 10 ms where one takes 4 (fsync on): more would let the first wait for the last.
_LARGEST_BATCH = 64
# Fewer wait for a batch that is under way. With 4, 8 and 16 on PostgreSQL: 64 callers refreshed 6,110, 6,580 and 6,160
# times a second and redeemed 4,940, 5,220 and 4,590 codes; 16 refreshed as often with each (5,050 to 5,130 times).
_SMALLEST_BESIDE_ANOTHER = 8


class Lane(Protocol):
    """One statement."""

    async def run(self, parameters: Mapping[str, Any]) -> Any | None:  # noqa: ANN401 - see `CompiledStatement.row`
        """What the statement returned, once it is committed; raises `DatabaseUnavailable`."""


class Driver(Protocol):
    """Runs one statement with several sets of values in one transaction."""

    async def run(
        self, statement: CompiledStatement, batch: Sequence[tuple[Any, tuple[Any, ...]]]
    ) -> list[Sequence[Any] | None]:
        """A record or None for each (key, values), in their order, committed.

        Raises `DatabaseUnavailable`, and whatever the driver says of values that it cannot take.
        """

    async def close(self) -> None: ...


@dataclass(slots=True, eq=False)
class _Asked:
    key: Any
    values: tuple[Any, ...]
    answer: asyncio.Future[Any]


class BatchedLane:
    """`drivers`: as many batches may be under way at once.

    `shares`: those who ask the very same at the same time are told the same, which only a SELECT may.
    """

    def __init__(self, statement: CompiledStatement, *drivers: Driver, shares: bool) -> None:
        self.statement = statement
        self._idle_drivers = list(drivers)
        self._shares = shares
        self._waiting: dict[Any, list[_Asked]] = {}
        self._under_way: set[Any] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, parameters: Mapping[str, Any]) -> Any | None:  # noqa: ANN401
        statement = self.statement
        asked = _Asked(
            statement.key(parameters), statement.values(parameters), asyncio.get_running_loop().create_future()
        )
        self._waiting.setdefault(asked.key, []).append(asked)
        if self._idle_drivers and (not self._under_way or len(self._waiting) >= _SMALLEST_BESIDE_ANOTHER):
            task = asyncio.create_task(self._work(self._idle_drivers.pop()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        record = await asked.answer
        return None if record is None else statement.value(record)

    async def _work(self, driver: Driver) -> None:
        try:
            while batch := self._next_batch():
                keys = {group[0].key for group in batch}
                self._under_way |= keys
                try:
                    await self._answer(batch, driver)
                finally:
                    self._under_way -= keys
        finally:
            self._idle_drivers.append(driver)

    def _next_batch(self) -> list[list[_Asked]]:
        """One group of askers for each key, in the order of keys; the others of a key stay for a later batch."""
        batch: list[list[_Asked]] = []
        for key in [key for key in self._waiting if key not in self._under_way]:
            # Whoever has gone away meanwhile has changed nothing.
            queue = [asked for asked in self._waiting.pop(key) if not asked.answer.done()]
            if not queue:
                continue
            if len(batch) == _LARGEST_BATCH:
                self._waiting[key] = queue
                continue
            first = queue[0].values
            group = [asked for asked in queue if asked.values == first] if self._shares else queue[:1]
            batch.append(group)
            if left := [asked for asked in queue if asked not in group]:
                self._waiting[key] = left
        return sorted(batch, key=lambda group: group[0].key)

    async def _answer(self, batch: list[list[_Asked]], driver: Driver) -> None:
        try:
            records = await driver.run(self.statement, [(group[0].key, group[0].values) for group in batch])
        except asyncio.CancelledError:
            for group in batch:
                for asked in group:
                    asked.answer.cancel()
            raise
        except Exception as error:
            await self._refuse(batch, driver, error)
            return
        for group, record in zip(batch, records, strict=True):
            for asked in group:
                if not asked.answer.done():
                    asked.answer.set_result(record)

    async def _refuse(self, batch: list[list[_Asked]], driver: Driver, error: Exception) -> None:
        """What one entry is to blame for costs no other one: each is tried alone.

        A database that cannot be used costs everybody who waits: one after the other they would wait too long.
        """
        refused = list(batch)
        if isinstance(error, DatabaseUnavailable):
            refused += self._waiting.values()
            self._waiting.clear()
        elif len(batch) > 1:
            for group in batch:
                await self._answer([group], driver)
            return
        for asked in chain.from_iterable(refused):
            if not asked.answer.done():
                asked.answer.set_exception(error)
