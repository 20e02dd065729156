"""Carries out what was held back long enough and that nobody objected to.

Any number of processes may do it at once: the UPDATE that makes a case `done` names its status and the end of its hold,
so one of them wins, and an objection that was committed first wins over all.
"""

import asyncio
import contextlib

import structlog

from idp.accounts import store as accounts
from idp.administration.cases.acting import SYSTEM, Doing, note_action
from idp.administration.cases.effects import carry_out_effect
from idp.administration.cases.notifying import tell_contact
from idp.administration.cases.office import Office
from idp.administration.refusal import Refused
from idp.audit.events import Event
from idp.audit.record import Origin
from idp.clock import Clock
from idp.database.engine import Database
from idp.database.unavailable import DatabaseUnavailable
from idp.sealing import MasterKeys
from idp.support import store
from idp.support.case import CaseStatus

_PAUSE_SECONDS = 60

log = structlog.get_logger(__name__)


async def carry_out_held(database: Database, keys: MasterKeys, *, office: Office, now: int) -> int:
    """Every case whose hold is over; how many were carried out by this call."""
    async with database.reading() as db:
        held = await store.list_held(db, now)
    done = 0
    for case_id in held:
        try:
            done += await _carry_out(database, keys, case_id, office=office, origin=_origin(now))
        except Refused as refused:
            await _give_up(database, keys, case_id, str(refused), origin=_origin(now))
    return done


async def carry_out_held_for_ever(database: Database, keys: MasterKeys, *, office: Office, clock: Clock) -> None:
    """Until cancelled. A database that is gone is tried again at the next turn."""
    while True:
        await asyncio.sleep(_PAUSE_SECONDS)
        with contextlib.suppress(DatabaseUnavailable):
            if done := await carry_out_held(database, keys, office=office, now=clock.now()):
                log.info("held_cases_done", cases=done)


async def _carry_out(database: Database, keys: MasterKeys, case_id: str, *, office: Office, origin: Origin) -> bool:
    async with database.writing() as db:
        case = await store.lock(db, case_id)
        if case is None:
            return False
        done = await store.change(
            db,
            case,
            from_statuses=(CaseStatus.HOLDING,),
            held_until=origin.now,
            now=origin.now,
            values={"status": CaseStatus.DONE.value, "closed_at": origin.now},
        )
        if done is None:
            return False
        account = await accounts.find(db, done.account_id) if done.account_id else None
        await carry_out_effect(db, keys, done, account, doing=Doing(SYSTEM, office, origin))
        return True


async def _give_up(database: Database, keys: MasterKeys, case_id: str, reason: str, *, origin: Origin) -> None:
    """What was approved cannot be done any more (the new address was taken meanwhile): the desk is told why."""
    async with database.writing() as db:
        case = await store.lock(db, case_id)
        if case is None:
            return
        rejected = await store.change(
            db,
            case,
            from_statuses=(CaseStatus.HOLDING,),
            held_until=origin.now,
            now=origin.now,
            values={"status": CaseStatus.REJECTED.value, "closed_at": origin.now, "reason": reason},
        )
        if rejected is not None:
            await note_action(db, rejected, Event.CASE_REJECTED, actor=SYSTEM, text=reason, origin=origin)
            await tell_contact(db, keys, rejected, "case_rejected", origin=origin)


def _origin(now: int) -> Origin:
    return Origin(None, None, None, None, SYSTEM, now)
