"""What an operator's command does to the database, in a process that kills itself:
`python -m tests.failures.chores DATABASE_URL migrate|rotate N` dies at its Nth statement or commit, if it has so many.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from sqlalchemy import Engine, event

from idp.administration.migrate import migrate
from idp.clock import SystemClock
from idp.database.engine import Database
from idp.keys.rotation import rotate
from idp.sealing import MasterKeys
from tests.failures.dying import die

MASTER_KEYS = MasterKeys(bytes(range(32)))
_LONGEST_TOKEN_LIFETIME = 3600


async def killed(database_url: str, chore: str, number: int) -> int:
    """The return code of such a process."""
    command = (sys.executable, "-m", "tests.failures.chores", database_url, chore, str(number))
    return await (await asyncio.create_subprocess_exec(*command)).wait()


async def _rotate(database: Database) -> None:
    await rotate(
        database,
        MASTER_KEYS,
        "ES256",
        now=SystemClock().now(),
        longest_token_lifetime=_LONGEST_TOKEN_LIFETIME,
        force=True,
    )


_CHORES: dict[str, Callable[[Database], Awaitable[object]]] = {"migrate": migrate, "rotate": _rotate}


async def _run(database_url: str, chore: str) -> None:
    database = Database(database_url)
    await _CHORES[chore](database)
    await database.close()


def main(database_url: str, chore: str, number: str) -> None:
    steps = 0

    def count(*_: object) -> None:
        nonlocal steps
        steps += 1
        if steps == int(number):
            die()

    for name in ("before_cursor_execute", "commit"):
        event.listen(Engine, name, count)
    asyncio.run(_run(database_url, chore))


if __name__ == "__main__":
    main(*sys.argv[1:])
