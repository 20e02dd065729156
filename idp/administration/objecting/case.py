"""The owner did not ask the support desk for a change: the case is stopped for good, before its effect (F9.3)."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.administration.cases.notifying import change_of
from idp.administration.cases.objecting import object_to_case
from idp.administration.objecting.subject import Acting
from idp.support import store
from idp.support.case import CaseStatus
from idp.support.objections import Objection


async def tell(db: AsyncConnection, objection: Objection) -> dict[str, Any]:
    """What is to be changed and when; `stage` is `open`, `stopped`, or `over` when there is nothing left to stop."""
    case = await store.find(db, objection.reference)
    if case is None:
        return {"number": "", "change": "", "until": None, "stage": "over"}
    stage = "open" if case.is_open else "stopped" if case.status is not CaseStatus.DONE else "over"
    return {"number": case.number, "change": change_of(case), "until": case.hold_until, "stage": stage}


async def act(db: AsyncConnection, objection: Objection, acting: Acting) -> None:
    """Stops the case. One that is closed already stays as it is; the page says so."""
    case = await store.lock(db, objection.reference)
    if case is not None and case.is_open:
        await object_to_case(db, case, origin=acting.origin)
