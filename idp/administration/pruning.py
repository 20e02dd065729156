"""Deletes what has expired and can never count again, in small batches that stand in nobody's way.

Processes take turns. Two at once would do no harm: a row can be deleted only once, and a batch is one short
transaction.
"""

import asyncio
import contextlib

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.captcha import store as captcha
from idp.clients import initial_tokens
from idp.clients import store as clients
from idp.clock import Clock
from idp.credentials import one_time_codes, otp_recoveries
from idp.database.engine import Database, DatabaseUnavailable
from idp.database.turns import one_at_a_time
from idp.decoupled import store as decoupled
from idp.grants import sweeping as grants
from idp.keys import rotation
from idp.messaging import store as messages
from idp.replay import store as replay
from idp.sessions import sweeping as sessions
from idp.support import objections
from idp.throttling import attempts

_BATCH = 500
_PAUSE_SECONDS = 60

log = structlog.get_logger(__name__)


async def prune(database: Database, now: int) -> int:
    """One batch of everything; how many rows went."""
    pruned = 0
    for sweep in (
        *(_codes, _counters, _grants, _sessions, _messages, _secrets, _keys),
        *(_captcha, _recoveries, _objections, _ids, _decoupled, _initial_tokens),
    ):
        async with database.writing() as db:
            pruned += await sweep(db, now)
    return pruned


async def prune_for_ever(database: Database, clock: Clock) -> None:
    """Until cancelled. A database that is gone is tried again at the next turn."""
    while True:
        await asyncio.sleep(_PAUSE_SECONDS)
        with contextlib.suppress(DatabaseUnavailable):
            async with one_at_a_time(database, "prune") as is_mine:
                if is_mine and (pruned := await prune(database, clock.now())):
                    log.info("pruned", rows=pruned)


async def _codes(db: AsyncConnection, now: int) -> int:
    return await one_time_codes.sweep(db, now, _BATCH)


async def _counters(db: AsyncConnection, now: int) -> int:
    return await attempts.sweep(db, now, _BATCH)


async def _grants(db: AsyncConnection, now: int) -> int:
    return await grants.sweep(db, now, _BATCH)


async def _sessions(db: AsyncConnection, now: int) -> int:
    return await sessions.sweep(db, now, _BATCH)


async def _messages(db: AsyncConnection, now: int) -> int:
    await messages.erase_dead_payloads(db, now, _BATCH)
    return await messages.sweep(db, now, _BATCH)


async def _ids(db: AsyncConnection, now: int) -> int:
    return await replay.sweep(db, now, _BATCH)


async def _decoupled(db: AsyncConnection, now: int) -> int:
    return await decoupled.sweep(db, now, _BATCH)


async def _secrets(db: AsyncConnection, now: int) -> int:
    return await clients.delete_expired_secrets(db, now=now)


async def _initial_tokens(db: AsyncConnection, now: int) -> int:
    return await initial_tokens.sweep(db, now, _BATCH)


async def _keys(db: AsyncConnection, now: int) -> int:
    return await rotation.retire_expired_keys(db, now=now)


async def _recoveries(db: AsyncConnection, now: int) -> int:
    return await otp_recoveries.sweep(db, now, _BATCH)


async def _objections(db: AsyncConnection, now: int) -> int:
    return await objections.sweep(db, now, _BATCH)


async def _captcha(db: AsyncConnection, now: int) -> int:
    return await captcha.sweep(db, now, _BATCH)
