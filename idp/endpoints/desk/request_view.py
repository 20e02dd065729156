"""What the page of a request shows, and which buttons: a hint of what the rules will say, never the rule itself."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.accounts.account import Account
from idp.administration.cases.operators import Operator
from idp.endpoints.desk.views import MOST_FATES, customer_view, fate_view, names_of
from idp.messaging.store import list_fates
from idp.support import store as cases
from idp.support.case import Case, CaseKind, CaseStatus
from idp.support.evidence import EvidenceItem, items_of
from idp.support.services import find_accounts

_NOTED_BY_OPERATORS = frozenset(EvidenceItem) - {EvidenceItem.PHONE_CODE}
_BY_PHONE = frozenset({CaseKind.OTP_DEACTIVATION, CaseKind.LOGIN_EMAIL_CHANGE})


async def request_context(
    db: AsyncConnection, case: Case, account: Account | None, operator: Operator
) -> dict[str, Any]:
    """The template's variables, read on the caller's connection."""
    entries = await cases.list_entries(db, case.id)
    names = await names_of(db, (entry.actor.split()[0] for entry in entries))
    received = {each.item: each.received_at for each in await cases.list_evidence(db, case.id)}
    fates = await list_fates(db, account_id=account.id, notices=False, limit=MOST_FATES) if account else None
    return {
        "customer": customer_view(account) if account else None,
        "candidates": [customer_view(each) for each in await _candidates(db, case, account)],
        "evidence": [
            {"name": item.value, "received_at": received.get(item), "recordable": item in _NOTED_BY_OPERATORS}
            for item in EvidenceItem
            if item in items_of(case.kind)
        ],
        "entries": [
            {"action": entry.action, "at": entry.at, "who": names[entry.actor.split()[0]], "text": entry.text}
            for entry in entries
        ],
        "fates": [fate_view(fate) for fate in fates] if fates is not None else None,
        **_possible(case, account, operator),
    }


async def _candidates(db: AsyncConnection, case: Case, account: Account | None) -> list[Account]:
    """The accounts that fit what the request names, while none is assigned."""
    if account is not None or not case.is_open:
        return []
    by_service = [await accounts.find(db, each) for each in await find_accounts(db, case.service)]
    by_email = await accounts.find_by_email(db, case.old_email) if case.old_email else None
    found = {each.id: each for each in (*by_service, by_email) if each is not None}
    return list(found.values())


def _possible(case: Case, account: Account | None, operator: Operator) -> dict[str, bool]:
    is_own = account is not None and operator.is_one_of([account.id])
    gave_first = case.first_approver is not None and operator.is_one_of([case.first_approver])
    waits = case.status is CaseStatus.NEEDS_SECOND and (gave_first or not operator.may_be_second)
    undecided = case.status in {CaseStatus.OPEN, CaseStatus.NEEDS_SECOND}
    return {
        "is_own": is_own,
        "can_hint": case.kind is CaseKind.EMAIL_HINT and case.status is CaseStatus.OPEN,
        "can_text": case.kind in _BY_PHONE and undecided and case.phone_authorised_at is None,
        "must_wait_for_colleague": waits,
        "can_approve": undecided and not waits,
        "can_decide": case.is_open and not (waits and gave_first),
    }
