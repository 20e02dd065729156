"""Rotates signing keys when their time has come (OIDC Core §10.1.1), without anybody's command.

Every process looks, one at a time: making keys takes seconds, which nobody should spend for nothing. The conditional
statements of `idp.keys.rotation` see to it that each key rotates once. A next key that relying parties may not know yet
waits for a later turn.
"""

import asyncio
from datetime import timedelta

import structlog

from idp.administration.keys import list_signing_keys, longest_token_lifetime, rotate_keys, rotates_at
from idp.audit.record import Origin
from idp.clock import Clock
from idp.database.engine import Database
from idp.database.turns import one_at_a_time
from idp.database.unavailable import DatabaseUnavailable
from idp.keys.rotation import NextKeyTooYoung, Rotation
from idp.sealing import MasterKeys
from idp.settings import Settings

_PAUSE_SECONDS = 600

log = structlog.get_logger(__name__)


async def rotate_due_keys(
    database: Database, master_keys: MasterKeys, *, now: int, period: timedelta, longest_token_lifetime: int
) -> list[Rotation]:
    """Rotates each algorithm whose current key has signed for `period`; 0 is never. What this process did."""
    keys = await list_signing_keys(database)
    due = [key.alg for key in keys if (at := rotates_at(key, period)) is not None and at <= now]
    done: list[Rotation] = []
    for alg in due:
        origin = Origin(None, None, None, None, actor="system", now=now)
        try:
            done += await rotate_keys(
                database, master_keys, [alg], longest_token_lifetime=longest_token_lifetime, origin=origin
            )
        except NextKeyTooYoung:
            continue
    return [rotation for rotation in done if rotation.rotated]


async def rotate_for_ever(database: Database, master_keys: MasterKeys, clock: Clock, settings: Settings) -> None:
    """Until cancelled. Whatever fails is tried again at the next turn."""
    lifetime = longest_token_lifetime(settings)
    while True:
        await asyncio.sleep(_PAUSE_SECONDS)
        try:
            async with one_at_a_time(database, "rotate") as is_mine:
                if not is_mine:
                    continue
                for rotation in await rotate_due_keys(
                    database,
                    master_keys,
                    now=clock.now(),
                    period=settings.key_rotation,
                    longest_token_lifetime=lifetime,
                ):
                    log.info("key_rotated", alg=rotation.alg, kid=rotation.current_kid)
        except DatabaseUnavailable:
            pass
        except Exception:
            log.exception("key_rotation_failed")  # a schedule that ends unseen would be worse
