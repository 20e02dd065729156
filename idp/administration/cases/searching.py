"""One box for email, phone, service and case number. What is found shows hints; each search is counted and on record.

Look-ups are what a bribed or careless operator would misuse: so many an hour, then none (AD-15).
"""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.accounts.account import Account, AccountStatus
from idp.accounts.identifiers import (
    InvalidEmail,
    InvalidPhone,
    mask_email,
    mask_phone,
    normalise_email,
    normalise_phone,
)
from idp.administration.cases.acting import clean_line
from idp.administration.cases.operators import Denied, Operator, check_may_act_on
from idp.administration.refusal import Refused
from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.credentials.store import has_active_otp
from idp.support import store
from idp.support.case import Case, CaseKind, CaseStatus
from idp.support.services import find_accounts
from idp.throttling.attempts import Allowed, DailyCap, reserve

SEARCHES = DailyCap(limit=60, window=3600)
_MOST = 20


@dataclass(frozen=True, slots=True)
class AccountHit:
    """An account as a search shows it: enough to recognise, nothing to write to."""

    account_id: str
    hint: str
    phone_hint: str
    status: AccountStatus
    email_verified: bool
    phone_verified: bool
    has_otp: bool
    is_operator: bool


@dataclass(frozen=True, slots=True)
class CaseHit:
    """A case as a search shows it."""

    number: str
    kind: CaseKind
    status: CaseStatus
    due_at: int


@dataclass(frozen=True, slots=True)
class Found:
    """What one search brought."""

    accounts: tuple[AccountHit, ...]
    cases: tuple[CaseHit, ...]


async def search(db: AsyncConnection, text: str, *, operator: Operator, origin: Origin) -> Found:
    """Full names and numbers only, no parts of them. Raises `Refused`; `Denied` when it is too much."""
    check_may_act_on(operator, None)
    wanted = clean_line(text, 254)
    if not wanted:
        raise Refused("Type an email, a phone, a service or a case number.")
    if not isinstance(await reserve(db, f"desk-search:{operator.id}", SEARCHES, origin.now), Allowed):
        raise Denied("These were too many searches: the next one is possible in an hour.", event=Event.THROTTLED)
    by, found = await _accounts(db, wanted)
    cases = await _cases(db, wanted)
    details: dict[str, str | int] = {"by": by, "accounts": len(found), "cases": len(cases)}
    seen: list[str | None] = [account.id for account in found]
    for account_id in seen or [None]:
        await record(
            db, Event.CUSTOMERS_SEARCHED, outcome="success", origin=origin, account_id=account_id, details=details
        )
    hits = [await hit_of(db, account) for account in found]
    return Found(tuple(hits), tuple(CaseHit(case.number, case.kind, case.status, case.due_at) for case in cases))


async def hit_of(db: AsyncConnection, account: Account) -> AccountHit:
    return AccountHit(
        account_id=account.id,
        hint=mask_email(account.login_email),
        phone_hint=mask_phone(account.phone) if account.phone else "",
        status=account.status,
        email_verified=account.email_is_verified,
        phone_verified=account.phone_is_verified,
        has_otp=await has_active_otp(db, account.id),
        is_operator=account.is_operator,
    )


async def _accounts(db: AsyncConnection, text: str) -> tuple[str, list[Account]]:
    """By what the accounts were found, and they."""
    if (direct := await accounts.find(db, text)) or (direct := await accounts.find_by_identifier(db, text)):
        return "email" if "@" in text else "name", [direct]
    try:
        phone = normalise_phone(text)
    except InvalidPhone:
        phone = ""
    if phone and (owners := await accounts.list_by_phone(db, phone, limit=_MOST)):
        return "phone", owners
    holders = [await accounts.get(db, each) for each in await find_accounts(db, text, limit=_MOST)]
    return "service", holders


async def _cases(db: AsyncConnection, text: str) -> list[Case]:
    numbered = await store.get_by_number(db, text)
    if numbered is not None:
        return [numbered]
    try:
        return await store.list_by_contact(db, normalise_email(text), limit=_MOST)
    except InvalidEmail:
        return []
