"""Collects what is asked while the last batch is on its way, and gives everybody the row of their own.

A batch is one transaction: its entries are committed together before any of them is answered, or none is. It holds
each key once and goes in the order of keys, so that two processes never wait for each other's rows crosswise.
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
    """`shares`: those who ask the very same at the same time are told the same, which only a SELECT may."""

    def __init__(self, statement: CompiledStatement, driver: Driver, *, shares: bool) -> None:
        self.statement = statement
        self._driver = driver
        self._shares = shares
        self._waiting: dict[Any, list[_Asked]] = {}
        self._task: asyncio.Task[None] | None = None

    async def run(self, parameters: Mapping[str, Any]) -> Any | None:  # noqa: ANN401
        statement = self.statement
        asked = _Asked(
            statement.key(parameters), statement.values(parameters), asyncio.get_running_loop().create_future()
        )
        self._waiting.setdefault(asked.key, []).append(asked)
        if self._task is None:
            self._task = asyncio.create_task(self._work())
        record = await asked.answer
        return None if record is None else statement.value(record)

    async def _work(self) -> None:
        try:
            while batch := self._next_batch():
                await self._answer(batch)
        finally:
            self._task = None

    def _next_batch(self) -> list[list[_Asked]]:
        """One group of askers for each key, in the order of keys; the others of a key stay for the next batch."""
        batch: list[list[_Asked]] = []
        for key in list(self._waiting):
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

    async def _answer(self, batch: list[list[_Asked]]) -> None:
        try:
            records = await self._driver.run(self.statement, [(group[0].key, group[0].values) for group in batch])
        except asyncio.CancelledError:
            for group in batch:
                for asked in group:
                    asked.answer.cancel()
            raise
        except Exception as error:
            await self._refuse(batch, error)
            return
        for group, record in zip(batch, records, strict=True):
            for asked in group:
                if not asked.answer.done():
                    asked.answer.set_result(record)

    async def _refuse(self, batch: list[list[_Asked]], error: Exception) -> None:
        """What one entry is to blame for costs no other one: each is tried alone.

        A database that cannot be used costs everybody who waits: one after the other they would wait too long.
        """
        refused = list(batch)
        if isinstance(error, DatabaseUnavailable):
            refused += self._waiting.values()
            self._waiting.clear()
        elif len(batch) > 1:
            for group in batch:
                await self._answer([group])
            return
        for asked in chain.from_iterable(refused):
            if not asked.answer.done():
                asked.answer.set_exception(error)
