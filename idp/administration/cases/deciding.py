"""Approving and rejecting: who may, how many it takes, and what follows (F9.3, AD-09, RC-23)."""

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.account import Account
from idp.administration.cases.acting import Doing, needed_reason, note_action, take
from idp.administration.cases.effects import carry_out_effect, check_effect
from idp.administration.cases.notifying import announce_change, tell_contact
from idp.administration.cases.office import Office
from idp.administration.cases.operators import Denied, Operator
from idp.administration.refusal import Refused
from idp.audit.events import Event
from idp.audit.record import Origin
from idp.sealing import MasterKeys
from idp.support import store
from idp.support.case import OPEN_STATUSES, Case, CaseKind, CaseStatus
from idp.support.evidence import missing_evidence
from idp.support.transitions import after_approval, asks_for_second_person

# Who did one of these has brought the case so far, and is the first of two persons.
_BROUGHT = ("opened", "assigned", "sms_sent")


async def approve(  # noqa: PLR0913 - who decides what about whom, and why
    db: AsyncConnection,
    keys: MasterKeys,
    case: Case,
    *,
    operator: Operator,
    reason: str,
    office: Office,
    origin: Origin,
) -> Case:
    """The first approval, the second, or the only one; what was asked for is done with the last, or after the hold."""
    taken = await take(db, case, operator=operator)
    case, why = taken.case, needed_reason(reason)
    status = after_approval(case)
    if status is None:
        raise Refused("Both approvals were given: the change is being held back for the owner to object.")
    await _check_person(db, case, operator)
    account = None if case.kind is CaseKind.GENERAL else taken.needed_account()
    await _check_ready(db, case, account)
    changed = await _change(db, case, status, operator=operator, office=office, now=origin.now)
    await note_action(db, changed, Event.CASE_APPROVED, actor=operator.actor, text=why, origin=origin)
    if status is CaseStatus.DONE:
        await carry_out_effect(db, keys, changed, account, doing=Doing(operator.actor, office, origin))
    elif account is not None:
        await announce_change(db, keys, changed, account, office=office, origin=origin)
    return changed


async def reject(  # noqa: PLR0913 - as `approve`
    db: AsyncConnection,
    keys: MasterKeys,
    case: Case,
    *,
    operator: Operator,
    reason: str,
    office: Office,  # noqa: ARG001 - the desk calls every decision alike
    origin: Origin,
) -> Case:
    """Ends the case at any time before it is done. The contact is told that, the colleagues why."""
    taken = await take(db, case, operator=operator)
    why = needed_reason(reason)
    changed = await store.change(
        db,
        taken.case,
        from_statuses=OPEN_STATUSES,
        now=origin.now,
        values={"status": CaseStatus.REJECTED.value, "closed_at": origin.now, "reason": why},
    )
    if changed is None:
        raise Refused("The case is closed: open another one.")
    await note_action(db, changed, Event.CASE_REJECTED, actor=operator.actor, text=why, origin=origin)
    await tell_contact(db, keys, changed, "case_rejected", origin=origin)
    return changed


async def _check_person(db: AsyncConnection, case: Case, operator: Operator) -> None:
    """Two persons where two are asked for; raises `Denied`."""
    approvers = [each for each in (case.first_approver, case.second_approver) if each]
    if operator.is_one_of(approvers):
        raise Denied("You have approved this already: a colleague must approve it.", account_id=case.account_id)
    if not asks_for_second_person(case):
        return
    if not operator.may_be_second:
        raise Denied("The second approval takes the role approver or admin.", account_id=case.account_id)
    if case.status is CaseStatus.OPEN and operator.is_one_of(await store.actors_of(db, case.id, _BROUGHT)):
        raise Denied("You have brought this case so far: a colleague must confirm it.", account_id=case.account_id)


async def _check_ready(db: AsyncConnection, case: Case, account: Account | None) -> None:
    """The checklist is complete, and what is asked for can be done; raises `Refused`."""
    received = {each.item for each in await store.list_evidence(db, case.id)}
    if missing := missing_evidence(case.kind, received):
        words = ", ".join(" or ".join(sorted(line)) for line in missing)
        raise Refused(f"The evidence is not complete. Missing: {words}.")
    if account is not None:
        await check_effect(db, case, account)


async def _change(
    db: AsyncConnection, case: Case, status: CaseStatus, *, operator: Operator, office: Office, now: int
) -> Case:
    values: dict[str, object] = {"status": status.value}
    values["first_approver" if case.status is CaseStatus.OPEN else "second_approver"] = operator.actor
    if status is CaseStatus.HOLDING:
        values["hold_until"] = now + office.hold
    if status is CaseStatus.DONE:
        values["closed_at"] = now
    changed = await store.change(db, case, from_statuses=(case.status,), now=now, values=values)
    if changed is None:
        raise Refused("The case has changed meanwhile: look at it again.")
    return changed
