"""What operators do to a case before anybody decides about it."""

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.account import Account, AccountStatus
from idp.administration.cases.acting import clean_text, note_action, take
from idp.administration.cases.operators import Operator, check_may_act_on
from idp.administration.refusal import Refused
from idp.audit.events import Event
from idp.audit.record import Origin
from idp.support import store
from idp.support.case import Case, CaseStatus
from idp.support.evidence import EvidenceItem, items_of


async def add_note(db: AsyncConnection, case: Case, text: str, *, operator: Operator, origin: Origin) -> Case:
    """Words for colleagues; the customer never sees them. A closed case takes them, too."""
    taken = await take(db, case, operator=operator, closed_too=True)
    note = clean_text(text)
    if not note:
        raise Refused("The note is empty.")
    await note_action(db, taken.case, Event.CASE_NOTED, actor=operator.actor, text=note, origin=origin)
    return taken.case


async def record_evidence(
    db: AsyncConnection, case: Case, item: EvidenceItem, *, operator: Operator, origin: Origin
) -> Case:
    """Something of the checklist was received; the second time changes nothing."""
    taken = await take(db, case, operator=operator)
    if item is EvidenceItem.PHONE_CODE:
        raise Refused("The customer types this code in: nobody can note it for them.")
    if item not in items_of(case.kind):
        raise Refused("A case of this kind does not ask for that.")
    if await store.add_evidence(db, taken.case.id, item, at=origin.now, by=operator.actor):
        await note_action(
            db, taken.case, Event.CASE_EVIDENCE, actor=operator.actor, text=item.value,
            origin=origin,
        )  # fmt: skip
    return taken.case


async def assign_account(
    db: AsyncConnection, case: Case, account: Account, *, operator: Operator, origin: Origin
) -> Case:
    """The case is about this account. Not any more once somebody has approved, or the phone of another has spoken."""
    taken = await take(db, case, operator=operator)
    check_may_act_on(operator, account)
    if account.status is AccountStatus.CLOSED:
        raise Refused("This account is closed: nothing can be done to it any more.")
    if taken.case.account_id == account.id:
        return taken.case
    if taken.case.phone_authorised_at is not None:
        raise Refused("The phone of the account has authorised this case: reject it and open another one.")
    changed = await store.change(
        db, taken.case, from_statuses=(CaseStatus.OPEN,), now=origin.now, values={"account_id": account.id}
    )
    if changed is None:
        raise Refused("The case was approved for another account: reject it and open another one.")
    await note_action(db, changed, Event.CASE_ASSIGNED, actor=operator.actor, text=account.id, origin=origin)
    return changed
