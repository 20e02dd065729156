"""One process at a time does a chore, without a leader: whoever comes while it is being done leaves it to the other.

The lock belongs to a connection (PostgreSQL) or an open file (SQLite), so that a process that dies gives it back. It
saves work and is no proof: what must happen once is a conditional statement all the same.
"""

import fcntl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from sqlalchemy import func, select

from idp.database.engine import Database, translated_errors


@asynccontextmanager
async def one_at_a_time(database: Database, chore: str) -> AsyncIterator[bool]:
    """Whether it is the caller's turn, which lasts as long as the block. Raises `DatabaseUnavailable`."""
    if database.is_sqlite:
        with translated_errors(), _locked_file(Path(f"{database.url.database}.{chore}.lock")) as is_mine:
            yield is_mine
    else:
        # Of a transaction, not of a session: no connection goes back to the pool with it.
        async with database.reading() as db:
            yield bool(await db.scalar(select(func.pg_try_advisory_xact_lock(func.hashtext(f"chore {chore}")))))


@contextmanager
def _locked_file(path: Path) -> Iterator[bool]:
    """An empty file beside the database, which stays; the lock is the kernel's and ends with the process."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
