"""A request becomes a case: by a public form, by a flow that has no way on, or by an operator."""

from dataclasses import dataclass
from dataclasses import fields as fields_of

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.identifiers import InvalidEmail, normalise_email
from idp.administration.cases.acting import CUSTOMER, clean_line, clean_text, note_action
from idp.administration.cases.notifying import tell_contact
from idp.administration.cases.office import Office
from idp.administration.refusal import Refused
from idp.audit.events import Event
from idp.audit.record import Origin
from idp.sealing import MasterKeys, new_id
from idp.support import store
from idp.support.case import Case, CaseKind, CaseStatus
from idp.support.evidence import EvidenceItem, items_of
from idp.support.numbers import new_number
from idp.throttling.attempts import Allowed, DailyCap, reserve

# Anybody may type anybody's address into a form: it gets so many receipts a day, the rest are cases without one.
_RECEIPTS = DailyCap(limit=5)
_LENGTHS = {"locale": 16, "service": 190, "phone": 40, "topic": 32}
_TRIES = 5  # two of 8.5 · 10¹¹ numbers are the same as good as never


@dataclass(frozen=True, slots=True)
class NewCase:
    """What came in. Empty where nothing was given."""

    kind: CaseKind
    contact_email: str
    locale: str
    account_id: str | None = None
    service: str = ""
    old_email: str = ""
    new_email: str = ""
    phone: str = ""
    message: str = ""
    topic: str = ""


async def open_case(db: AsyncConnection, keys: MasterKeys, new: NewCase, *, office: Office, origin: Origin) -> Case:
    """Mails the number to the contact address; raises `Refused` for addresses that are none."""
    by_operator = origin.actor not in {"anonymous", new.account_id}
    case = await _insert(db, new, office=office, now=origin.now)
    actor = origin.actor if by_operator else CUSTOMER
    await note_action(db, case, Event.CASE_OPENED, actor=actor, origin=origin)
    for item in _given(case):
        await store.add_evidence(db, case.id, item, at=origin.now, by=actor)
    if isinstance(await reserve(db, f"case-receipt:{case.contact_email}", _RECEIPTS, origin.now), Allowed):
        await tell_contact(db, keys, case, "case_received", origin=origin, until=case.due_at)
    return case


async def _insert(db: AsyncConnection, new: NewCase, *, office: Office, now: int) -> Case:
    texts = {field.name: getattr(new, field.name) for field in fields_of(new)}
    texts |= {name: clean_line(texts[name], length) for name, length in _LENGTHS.items()}
    texts |= {
        "contact_email": _address(new.contact_email),
        "old_email": _address(new.old_email) if new.old_email else "",
        "new_email": _address(new.new_email) if new.new_email else "",
        "message": clean_text(new.message),
    }
    due_at = await office.due_at(now)
    for _ in range(_TRIES):
        case = Case(
            id=new_id(),
            number=new_number(),
            status=CaseStatus.OPEN,
            created_at=now,
            due_at=due_at,
            updated_at=now,
            **texts,
        )
        if await store.insert(db, case):
            return case
    raise Refused("No number was free: try again.")


def _given(case: Case) -> list[EvidenceItem]:
    """What the form itself brought."""
    brought = {
        EvidenceItem.SERVICE_NAMED: case.service,
        EvidenceItem.OLD_ADDRESS: case.old_email,
        EvidenceItem.NEW_ADDRESS: case.new_email,
    }
    return [item for item, value in brought.items() if value and item in items_of(case.kind)]


def _address(text: str) -> str:
    try:
        return normalise_email(text)
    except InvalidEmail:
        raise Refused("One of the email addresses is not an address.") from None
