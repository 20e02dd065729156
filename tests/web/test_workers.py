"""What the supervisor does with workers that cannot start, or hang. Load, kills and stops are in `tests/failures`."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

_GUARD_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Supervised:
    """A supervisor in a process of its own, and what it says."""

    process: asyncio.subprocess.Process

    async def says(self, word: str) -> str:
        """The next line with this word."""
        assert self.process.stdout is not None
        async with asyncio.timeout(_GUARD_SECONDS):
            while word not in (line := (await self.process.stdout.readline()).decode()):
                assert line, f"it ended without {word}"
        return line

    async def pid_after(self, word: str) -> int:
        found = re.search(r"worker=(\d+)", await self.says(word))
        assert found
        return int(found[1])

    async def result(self) -> str:
        async with asyncio.timeout(_GUARD_SECONDS):
            output, _ = await self.process.communicate()
        return output.decode().splitlines()[-1]


@asynccontextmanager
async def two_waiting(broken: Path) -> AsyncIterator[Supervised]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.web.waiting_workers", str(broken)),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"NO_COLOR": "1"},
    )
    try:
        yield Supervised(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_when_none_can_start_it_is_over(tmp_path: Path) -> None:
    """The caller hears it, instead of a supervisor that tries for ever."""
    (tmp_path / "broken").touch()
    async with two_waiting(tmp_path / "broken") as supervised:
        assert await supervised.result() == "False"


async def test_a_restart_that_fails_changes_nothing(tmp_path: Path) -> None:
    """SIGHUP with a mistake in the configuration: the workers stay; without it the next SIGHUP replaces them."""
    broken = tmp_path / "broken"
    async with two_waiting(broken) as supervised:
        before = {await supervised.pid_after("worker_answers") for _ in range(2)}
        broken.touch()
        supervised.process.send_signal(signal.SIGHUP)
        await supervised.says("worker_could_not_start")
        await supervised.says("workers_not_restarted")
        for worker in before:
            os.kill(worker, 0)
        broken.unlink()
        supervised.process.send_signal(signal.SIGHUP)
        after = {await supervised.pid_after("worker_answers") for _ in range(2)}
        await supervised.says("workers_restarted")
        supervised.process.send_signal(signal.SIGTERM)
        assert await supervised.result() == "True"
    assert before.isdisjoint(after)


async def test_one_that_works_is_enough_to_go_on(tmp_path: Path) -> None:
    """A worker that died and cannot come back leaves the other alone; when that one has gone, too, it is over."""
    broken = tmp_path / "broken"
    async with two_waiting(broken) as supervised:
        first, second = [await supervised.pid_after("worker_answers") for _ in range(2)]
        broken.touch()
        os.kill(first, signal.SIGKILL)
        assert await supervised.pid_after("worker_died") == first
        await supervised.says("worker_could_not_start")
        os.kill(second, signal.SIGKILL)
        assert await supervised.pid_after("worker_died") == second
        assert await supervised.result() == "False"


async def test_a_worker_that_hangs_is_replaced(tmp_path: Path) -> None:
    """It still exists, so nothing else would tell. The other one, which reports, is left alone."""
    async with two_waiting(tmp_path / "broken") as supervised:
        hanging, other = [await supervised.pid_after("worker_answers") for _ in range(2)]
        os.kill(hanging, signal.SIGSTOP)
        assert await supervised.pid_after("worker_hangs") == hanging
        assert await supervised.pid_after("worker_died") == hanging
        assert await supervised.pid_after("worker_answers") not in (hanging, other)
        os.kill(other, 0)
        supervised.process.send_signal(signal.SIGTERM)
        assert await supervised.result() == "True"
