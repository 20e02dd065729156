"""A provider in a process of its own, to be killed:
`python -m tests.failures.served DATABASE_URL VAR PORT [background | STEP]`. With a step it kills itself there, in one
of its first batches of refreshes.
"""

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from idp.app import build_app
from idp.clock import SystemClock
from idp.database.lanes import BatchedLane
from idp.database.lanes.sqlite import SqliteDriver
from idp.database.lanes.statement import CompiledStatement
from idp.web.server import run_server
from idp.wiring import Wiring, build_wiring
from tests.support.provider import test_settings

STEPS = ("collected", "executed", "committed")
_LAST_BATCH = 4


def die() -> None:
    """At once, whatever is under way."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(step: str, wiring: Wiring) -> None:
    """Before the batch is sent, between its statements and the commit, or after the commit and before any answer."""
    lane = wiring.grants._rotations
    assert isinstance(lane, BatchedLane)
    driver, original, batches = lane._driver, lane._driver.run, 0

    async def run(statement: CompiledStatement, batch: Sequence[Any]) -> Any:
        nonlocal batches
        batches += 1
        is_last = batches == _LAST_BATCH
        if is_last and step == "collected":
            die()
        answer = asyncio.create_task(original(statement, batch))
        if is_last and step == "executed" and not isinstance(driver, SqliteDriver):
            await asyncio.sleep(0)  # it is on its way, and the commit goes with it
            die()
        result = await answer
        if is_last:
            die()
        return result

    def die_before_commit(text: str) -> None:
        if text == "COMMIT" and batches == _LAST_BATCH:
            die()

    driver.run = run  # type: ignore[method-assign]
    if step == "executed" and isinstance(driver, SqliteDriver):
        connect = driver._connect

        def connect_watched() -> sqlite3.Connection:
            connection = connect()
            connection.set_trace_callback(die_before_commit)
            return connection

        driver._connect = connect_watched


def main(database_url: str, var: str, port: str, mode: str = "") -> None:
    # A restart on a busy machine may take longer than the usual grace of a retry.
    changes = {"issuer": f"http://localhost:{port}", "refresh_grace": timedelta(minutes=2)}
    wiring = build_wiring(test_settings(database_url, Path(var), **changes), SystemClock())
    if mode in STEPS:
        die_at(mode, wiring)
    app = build_app(wiring, background=mode == "background")
    run_server(app, host="127.0.0.1", port=int(port), on_ready=lambda: print("READY", flush=True))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
