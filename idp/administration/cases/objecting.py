"""The owner of the account says no: the case is stopped for good, whoever has approved it (F9.3)."""

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.administration.cases.acting import CUSTOMER, note_action, take
from idp.administration.refusal import Refused
from idp.audit.events import Event
from idp.audit.record import Origin
from idp.support import store
from idp.support.case import OPEN_STATUSES, Case, CaseStatus


async def object_to_case(db: AsyncConnection, case: Case, *, origin: Origin) -> Case:
    """At any time before it is done. Raises `Refused` when it is too late; a second objection changes nothing."""
    taken = await take(db, case, operator=None, closed_too=True)
    if taken.case.status is CaseStatus.OBJECTED:
        return taken.case
    changed = await store.change(
        db,
        taken.case,
        from_statuses=OPEN_STATUSES,
        now=origin.now,
        values={"status": CaseStatus.OBJECTED.value, "closed_at": origin.now, "reason": "the owner objected"},
    )
    if changed is None:
        raise Refused("The case is closed: there is nothing left to object to.")
    await note_action(db, changed, Event.CASE_OBJECTED, actor=CUSTOMER, origin=origin)
    return changed
