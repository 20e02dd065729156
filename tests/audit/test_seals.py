"""The chain of seals: any change below it is found, whoever made it, and several processes make one chain."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import delete, update

from idp.administration.audit_log import seal_all
from idp.audit.cleaning import Detail
from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.audit.seals import SETTLED_SECONDS, verify_seals
from idp.audit.table import audit_events, audit_seals
from idp.database.engine import Database
from idp.sealing import MasterKeys
from tests.support.clock import MovableClock


async def add_events(database: Database, clock: MovableClock, count: int) -> None:
    origin = Origin("192.0.2.7", "Firefox", "d" * 43, "r-1", "acc_1", clock.now())
    async with database.writing() as db:
        for number in range(count):
            details: dict[str, Detail | Sequence[str]] = {"number": number, "name": "Žluťoučký", "list": ["a", "b"]}
            await record(db, Event.LOGIN_FAILED, outcome="failure", origin=origin, details=details)


@pytest.mark.requirement("AD-18")
@pytest.mark.parametrize("tampering", ["altered", "removed", "added", "seal removed", "seal forged"])
async def test_whatever_is_changed_is_found(
    database: Database, master_keys: MasterKeys, clock: MovableClock, tampering: str
) -> None:
    """The verdict names the first seal that does not fit, and what is intact before it."""
    for _ in range(3):
        await add_events(database, clock, 5)
        clock.advance(seconds=SETTLED_SECONDS)
        assert await seal_all(database, master_keys, clock.now()) is not None
    async with database.writing() as db:
        verdict = await verify_seals(db, master_keys)
        assert (verdict.intact_to, verdict.broken) == (15, None)
        match tampering:
            case "altered":
                await db.execute(update(audit_events).where(audit_events.c.seq == 8).values(outcome="success"))
            case "removed":
                await db.execute(delete(audit_events).where(audit_events.c.seq == 8))
            case "added":
                await db.execute(update(audit_events).where(audit_events.c.seq == 13).values(seq=8_000))
                await db.execute(delete(audit_events).where(audit_events.c.seq == 7))
            case "seal removed":
                await db.execute(delete(audit_seals).where(audit_seals.c.up_to == 10))
            case _:
                forged = master_keys.current_id + bytes(32)
                await db.execute(update(audit_seals).where(audit_seals.c.up_to == 10).values(mac=forged))
        verdict = await verify_seals(db, master_keys)
    assert verdict.intact_to == 5
    assert verdict.broken is not None


async def test_young_events_wait_for_their_seal(
    database: Database, master_keys: MasterKeys, clock: MovableClock
) -> None:
    """A transaction that began earlier may still commit: nothing is sealed within the first minute."""
    await add_events(database, clock, 2)
    clock.advance(seconds=SETTLED_SECONDS - 1)
    assert await seal_all(database, master_keys, clock.now()) is None
    clock.advance(seconds=1)
    seal = await seal_all(database, master_keys, clock.now())
    assert seal is not None
    assert (seal.after, seal.up_to) == (0, 2)


async def test_eight_processes_make_one_chain(database: Database, master_keys: MasterKeys, clock: MovableClock) -> None:
    """Whoever is second finds the place taken; the chain has no fork and vouches for everything."""
    await add_events(database, clock, 40)
    clock.advance(seconds=SETTLED_SECONDS)
    await asyncio.gather(*(seal_all(database, master_keys, clock.now()) for _ in range(8)))
    async with database.reading() as db:
        verdict = await verify_seals(db, master_keys)
    assert (verdict.intact_to, verdict.broken) == (40, None)


async def test_a_rotated_master_key_still_verifies(
    database: Database, clock: MovableClock, master_keys: MasterKeys
) -> None:
    """Old seals stand under the old key, new ones under the new; without the old key the old ones prove nothing."""
    rotated = MasterKeys(bytes(range(1, 33)), bytes(range(32)))
    for keys in (master_keys, rotated):
        await add_events(database, clock, 1)
        clock.advance(seconds=SETTLED_SECONDS)
        await seal_all(database, keys, clock.now())
    async with database.reading() as db:
        assert (await verify_seals(db, rotated)).broken is None
        verdict = await verify_seals(db, MasterKeys(bytes(range(1, 33))))
    assert verdict.broken is not None
    assert verdict.intact_to == 0
