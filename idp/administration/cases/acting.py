"""How every use-case of the desk begins, and how it is run."""

import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.accounts.account import Account
from idp.administration.cases.office import Office
from idp.administration.cases.operators import Denied, Operator, check_may_act_on
from idp.administration.refusal import Refused
from idp.audit.cleaning import Detail
from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.database.engine import Database
from idp.support import store
from idp.support.case import Case

CUSTOMER = "customer"
SYSTEM = "system"
_TEXT_LENGTH = 4000
_LINE_LENGTH = 500

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Doing:
    """Who carries something out, for which installation, from where."""

    actor: str
    office: Office
    origin: Origin


@dataclass(frozen=True, slots=True)
class Taken:
    """A case under lock, as it is now, with its account as it is now."""

    case: Case
    account: Account | None

    def needed_account(self) -> Account:
        """Raises `Refused`."""
        if self.account is None:
            raise Refused("The case has no account yet: find it and assign it first.")
        return self.account


async def carry_out(
    database: Database, work: Callable[[AsyncConnection], Awaitable[_Result]], *, origin: Origin
) -> _Result:
    """`work` in one transaction. A `Denied` undoes it, is written down in another one, and goes on to the caller."""
    try:
        async with database.writing() as db:
            return await work(db)
    except Denied as denied:
        async with database.writing() as db:
            await record(
                db,
                denied.event,
                outcome="refused",
                origin=origin,
                account_id=denied.account_id,
                details={"reason": str(denied)},
            )
        raise


async def take(db: AsyncConnection, case: Case, *, operator: Operator | None, closed_too: bool = False) -> Taken:
    """Locks the case and checks that it is open and that the operator may work on it; raises `Refused`."""
    current = await store.lock(db, case.id)
    if current is None:
        raise Refused("There is no such case.")
    account = await accounts.find(db, current.account_id) if current.account_id else None
    if operator is not None:
        check_may_act_on(operator, account)
    if not current.is_open and not closed_too:
        raise Refused("The case is closed: open another one.")
    return Taken(current, account)


async def note_action(
    db: AsyncConnection,
    case: Case,
    event: Event,
    *,
    actor: str,
    text: str = "",
    origin: Origin,
) -> None:
    """One line in the case's history and one in the audit log: who, whom, what, why, when, from where (AD-18)."""
    action = event.value.removeprefix("case_")
    await store.add_entry(db, case.id, at=origin.now, actor=actor, action=action, text=text)
    details: dict[str, Detail] = {"case": case.number, "kind": case.kind.value, "status": case.status.value}
    if text and event is not Event.CASE_NOTED:  # notes are the desk's own, and may be long
        details["reason"] = text
    await record(db, event, outcome="success", origin=origin, account_id=case.account_id, details=details)


def clean_line(text: str, length: int = _LINE_LENGTH) -> str:
    """One line without control characters."""
    return " ".join(_visible(text, length).split())


def clean_text(text: str) -> str:
    """Lines of text without control characters."""
    return "\n".join(_visible(line, _TEXT_LENGTH).rstrip() for line in text[:_TEXT_LENGTH].splitlines()).strip()


def needed_reason(text: str) -> str:
    """Raises `Refused`: what weakens or shows an account is never done without saying why."""
    reason = clean_line(text)
    if not reason:
        raise Refused("Say why: the reason is kept with the case.")
    return reason


def _visible(text: str, length: int) -> str:
    unsafe = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return "".join(" " if unicodedata.category(char) in unsafe else char for char in text[:length])
