"""The audit log as operators read it, and the background work that seals it."""

import asyncio
import contextlib

import structlog

from idp.audit.seals import Seal, seal_events
from idp.clock import Clock
from idp.database.engine import Database
from idp.database.turns import one_at_a_time
from idp.database.unavailable import DatabaseUnavailable
from idp.sealing import MasterKeys

_PAUSE_SECONDS = 30

log = structlog.get_logger(__name__)


async def seal_all(database: Database, keys: MasterKeys, now: int) -> Seal | None:
    """Seals whatever has settled, in short transactions; the last seal made."""
    last = None
    while True:
        async with database.writing() as db:
            seal = await seal_events(db, keys, now)
        if seal is None:
            return last
        log.info("audit_sealed", up_to=seal.up_to, fingerprint=seal.fingerprint)
        last = seal


async def seal_for_ever(database: Database, keys: MasterKeys, clock: Clock) -> None:
    """Until cancelled. A database that is gone is tried again at the next turn."""
    while True:
        await asyncio.sleep(_PAUSE_SECONDS)
        with contextlib.suppress(DatabaseUnavailable):
            async with one_at_a_time(database, "seal") as is_mine:
                if is_mine:
                    await seal_all(database, keys, clock.now())
