"""A provider that kills itself: at a step of one of its first batches of refreshes, or at one of its commits."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import Sequence
from typing import Any

from idp.database.engine import Database
from idp.database.lanes import BatchedLane
from idp.database.lanes.lane import Driver
from idp.database.lanes.sqlite import SqliteDriver
from idp.database.lanes.statement import CompiledStatement
from idp.wiring import Wiring

STEPS = ("collected", "executed", "committed")
_LAST_BATCH = 4


def die() -> None:
    """At once, whatever is under way."""
    os.kill(os.getpid(), signal.SIGKILL)


class DyingDriver:
    """Before the batch is sent, between its statements and the commit, or after the commit and before any answer."""

    def __init__(self, driver: Driver, step: str) -> None:
        self._driver = driver
        self._step = step
        self._batches = 0
        if step == "executed" and isinstance(self._driver, SqliteDriver):
            self._connect = self._driver._connect
            self._driver._connect = self._connect_watched

    async def run(self, statement: CompiledStatement, batch: Sequence[Any]) -> Any:
        self._batches += 1
        if self._is_at("collected"):
            die()
        answer = asyncio.create_task(self._driver.run(statement, batch))
        if self._is_at("executed") and not isinstance(self._driver, SqliteDriver):
            await asyncio.sleep(0)  # it is on its way, and the commit goes with it
            die()
        result = await answer
        if self._batches == _LAST_BATCH:
            die()
        return result

    async def close(self) -> None:
        await self._driver.close()

    def _is_at(self, step: str) -> bool:
        return self._step == step and self._batches == _LAST_BATCH

    def _connect_watched(self) -> sqlite3.Connection:
        connection = self._connect()
        connection.set_trace_callback(lambda text: die() if text == "COMMIT" and self._is_at("executed") else None)
        return connection


def die_at_commit(number: int, moment: str, database: Database) -> None:
    """Of the transactions that begin from here on (`Database.writing`), "before" the commit of one, or "after" it."""
    dialect: Any = database.writer.sync_engine.dialect
    commit, left = dialect.do_commit, number

    def count_down(connection: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0 and moment == "before":
            die()
        commit(connection)
        if left == 0:
            die()

    dialect.do_commit = count_down


def die_at(step: str, wiring: Wiring) -> None:
    lane = wiring.grants._rotations
    assert isinstance(lane, BatchedLane)
    lane._idle_drivers = [DyingDriver(driver, step) for driver in lane._idle_drivers]
