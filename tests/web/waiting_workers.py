"""Two workers that do nothing but wait, unless a file is there: `python -m tests.web.waiting_workers FILE`."""

import asyncio
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from idp.web.workers import Heartbeat, run_workers


def wait_unless(broken: Path, on_ready: Callable[[], None]) -> bool:
    if broken.exists():
        return False

    async def wait() -> None:
        on_ready()
        await asyncio.Event().wait()

    asyncio.run(wait())
    return True


if __name__ == "__main__":
    work, heartbeat = partial(wait_unless, Path(sys.argv[1])), Heartbeat(seconds=1.0)
    print(run_workers(work, count=2, on_stop=lambda: print("stopping"), heartbeat=heartbeat))  # noqa: T201
