"""`idp cases`: the support desk at the command line, by the same rules as its pages."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.accounts.identifiers import mask_email
from idp.administration.accounts import get_account
from idp.administration.cases.acting import carry_out
from idp.administration.cases.deciding import approve as approve_case
from idp.administration.cases.deciding import reject as reject_case
from idp.administration.cases.hints import send_hint
from idp.administration.cases.office import Office, office_of
from idp.administration.cases.opening import NewCase, open_case
from idp.administration.cases.operators import Operator, operator_of, shell_operator
from idp.administration.cases.phone_authorisation import send_authorisation
from idp.administration.cases.revealing import reveal as reveal_email
from idp.administration.cases.searching import search as search_customers
from idp.administration.cases.working import add_note, assign_account, record_evidence
from idp.administration.refusal import Refused
from idp.audit.record import Origin
from idp.cli.answer import Answer, lines, moment, operator_command, table
from idp.cli.installation import Installation, open_installation
from idp.support import store
from idp.support.case import OPEN_STATUSES, Case, CaseKind, CaseStatus
from idp.support.evidence import EvidenceItem, missing_evidence

_Result = TypeVar("_Result")

_KIND = click.Choice([kind.value for kind in CaseKind])
_STATUS = click.Choice([status.value for status in CaseStatus])
_as = click.option("--as", "account", help="Act as this operator's account; otherwise as the user of this machine.")
_reason = click.option("--reason", required=True, help="Why; it is kept with the case.")
_number = click.argument("number")


@dataclass(frozen=True, slots=True)
class _Desk:
    """One command's place at the desk."""

    installation: Installation
    operator: Operator
    office: Office
    origin: Origin

    async def do(self, work: Callable[[AsyncConnection], Awaitable[_Result]]) -> _Result:
        return await carry_out(self.installation.database, work, origin=self.origin)

    async def case(self, number: str) -> Case:
        """Raises `Refused`."""
        async with self.installation.database.reading() as db:
            case = await store.get_by_number(db, number)
        if case is None:
            raise Refused(f"There is no case {number!r}.")
        return case


@click.group()
def command() -> None:
    """Work on requests to the support desk. NUMBER is a case number such as K7F3-9QXM."""


@command.command("list")
@click.option("--kind", type=_KIND, help="Only this kind.")
@click.option("--status", type=_STATUS, help="This status; otherwise all that are open.")
@operator_command
async def list_cases(kind: str | None, status: str | None) -> Answer:
    """What is waiting, the most urgent first."""
    async with open_installation() as installation, installation.database.reading() as db:
        statuses = (CaseStatus(status),) if status else OPEN_STATUSES
        cases = await store.list_queue(db, kind=CaseKind(kind) if kind else None, statuses=statuses)
    rows = [(each.number, each.kind.value, each.status.value, moment(each.due_at)) for each in cases]
    text = table(("NUMBER", "KIND", "STATUS", "DUE"), rows) if rows else "Nothing is waiting."
    return Answer([_data(each) for each in cases], text)


@command.command("show")
@_number
@operator_command
async def show(number: str) -> Answer:
    """One case with its evidence and its history; the login email of its account as a hint."""
    async with open_installation() as installation, installation.database.reading() as db:
        case = await store.get_by_number(db, number)
        if case is None:
            raise Refused(f"There is no case {number!r}.")
        entries = await store.list_entries(db, case.id)
        evidence = await store.list_evidence(db, case.id)
        account = await accounts.find(db, case.account_id) if case.account_id else None
    received = [each.item for each in evidence]
    missing = [sorted(line) for line in missing_evidence(case.kind, received)]
    data = _data(case) | {
        "hint": mask_email(account.login_email) if account else None,
        "evidence": [each.value for each in received],
        "missing": missing,
        "history": [{"at": each.at, "actor": each.actor, "action": each.action, "text": each.text} for each in entries],
    }
    head = lines([(name, _shown(name, value)) for name, value in data.items() if name != "history"])
    history = table(("AT", "WHO", "WHAT", ""), [(moment(e.at), e.actor, e.action, e.text) for e in entries])
    return Answer(data, f"{head}\n\n{history}")


@command.command("open")
@click.option("--kind", type=_KIND, required=True)
@click.option("--contact", "contact_email", required=True, help="Where answers go.")
@click.option("--customer", help="The account it is about, if that is known.")
@click.option("--locale", help="Language of the answers.")
@click.option("--service", default="", help="Full name or number of a service.")
@click.option("--old-email", default="")
@click.option("--new-email", default="")
@click.option("--phone", default="")
@click.option("--message", default="", help="What the customer says.")
@click.option("--topic", default="", help="Of no_channel_left: otp or email.")
@_as
@operator_command
async def open_(kind: str, customer: str | None, locale: str | None, account: str | None, **texts: str) -> Answer:
    """Open a case; its number is mailed to the contact."""
    async with open_installation() as installation:
        desk = await _desk(installation, account)
        about = await _account_id(installation, customer) if customer else None
        language = locale or installation.settings.default_locale
        new = NewCase(kind=CaseKind(kind), account_id=about, locale=language, **texts)
        keys = installation.master_keys
        case = await desk.do(lambda db: open_case(db, keys, new, office=desk.office, origin=desk.origin))
    return _answer(case)


@command.command("note")
@_number
@click.argument("text")
@_as
@operator_command
async def note(number: str, text: str, account: str | None) -> Answer:
    """Write something down for colleagues."""
    async with open_installation() as installation:
        desk = await _desk(installation, account)
        case = await desk.case(number)
        case = await desk.do(lambda db: add_note(db, case, text, operator=desk.operator, origin=desk.origin))
    return _answer(case)


@command.command("evidence")
@_number
@click.argument("item", type=click.Choice([item.value for item in EvidenceItem if item != EvidenceItem.PHONE_CODE]))
@_as
@operator_command
async def evidence(number: str, item: str, account: str | None) -> Answer:
    """Say that something of the checklist was received."""
    async with open_installation() as installation:
        desk = await _desk(installation, account)
        case = await desk.case(number)
        received = EvidenceItem(item)
        case = await desk.do(lambda db: record_evidence(db, case, received, operator=desk.operator, origin=desk.origin))
    return _answer(case)


@command.command("assign")
@_number
@click.argument("customer")
@_as
@operator_command
async def assign(number: str, customer: str, account: str | None) -> Answer:
    """Say which account the case is about. CUSTOMER is an account id, a login email or a login name."""
    async with open_installation() as installation:
        desk = await _desk(installation, account)
        case = await desk.case(number)

        async def work(db: AsyncConnection) -> Case:
            found = await get_account(db, customer)
            return await assign_account(db, case, found, operator=desk.operator, origin=desk.origin)

        case = await desk.do(work)
    return _answer(case)


@command.command("hint")
@_number
@_as
@operator_command
async def hint(number: str, account: str | None) -> Answer:
    """Mail the hint for the login email to the contact."""
    return await _with_office(number, account, send_hint)


@command.command("send-sms")
@_number
@_as
@operator_command
async def send_sms(number: str, account: str | None) -> Answer:
    """Send the phone on file a code that authorises the change; the customer types it in at /case/NUMBER/authorise."""
    return await _with_office(number, account, send_authorisation)


@command.command("approve")
@_number
@_reason
@_as
@operator_command
async def approve(number: str, reason: str, account: str | None) -> Answer:
    """Approve a case: what weakens an account takes two persons."""
    return await _with_office(number, account, approve_case, reason=reason)


@command.command("reject")
@_number
@_reason
@_as
@operator_command
async def reject(number: str, reason: str, account: str | None) -> Answer:
    """End a case without doing what it asks for."""
    return await _with_office(number, account, reject_case, reason=reason)


@command.command("search")
@click.argument("text")
@_as
@operator_command
async def search(text: str, account: str | None) -> Answer:
    """Find accounts and cases by a full email, phone, service or case number. Each search is counted and on record."""
    async with open_installation() as installation:
        desk = await _desk(installation, account)
        found = await desk.do(lambda db: search_customers(db, text, operator=desk.operator, origin=desk.origin))
    data = {
        "accounts": [
            {"account_id": hit.account_id, "hint": hit.hint, "phone": hit.phone_hint, "status": hit.status.value}
            | {"otp": hit.has_otp, "email_verified": hit.email_verified, "phone_verified": hit.phone_verified}
            for hit in found.accounts
        ],
        "cases": [{"number": hit.number, "kind": hit.kind.value, "status": hit.status.value} for hit in found.cases],
    }
    rows = [(hit.account_id, hit.hint, hit.phone_hint) for hit in found.accounts]
    rows += [(hit.number, hit.kind.value, hit.status.value) for hit in found.cases]
    return Answer(data, table(("FOUND", "", ""), rows) if rows else "Nothing was found.")


@command.command("reveal")
@click.argument("customer")
@_reason
@_as
@operator_command
async def reveal(customer: str, reason: str, account: str | None) -> Answer:
    """Show a whole login email. Its owner is mailed that, with the reason."""
    async with open_installation() as installation:
        desk = await _desk(installation, account)
        keys = installation.master_keys

        async def work(db: AsyncConnection) -> tuple[str, str]:
            found = await get_account(db, customer)
            email = await reveal_email(db, keys, found, operator=desk.operator, reason=reason, origin=desk.origin)
            return found.id, email

        account_id, email = await desk.do(work)
    return Answer({"account_id": account_id, "email": email}, email)


async def _with_office(
    number: str, account: str | None, use_case: Callable[..., Awaitable[Case]], **more: str
) -> Answer:
    async with open_installation() as installation:
        desk = await _desk(installation, account)
        case = await desk.case(number)
        keys = installation.master_keys
        named: dict[str, Any] = {"operator": desk.operator, "office": desk.office, "origin": desk.origin, **more}
        case = await desk.do(lambda db: use_case(db, keys, case, **named))
    return _answer(case)


async def _desk(installation: Installation, account: str | None) -> _Desk:
    """Whoever is at the keyboard, for an operator's account if one is named: both are on record."""
    origin = installation.origin()
    operator = shell_operator(origin.actor.removeprefix("cli:"))
    if account is not None:
        async with installation.database.reading() as db:
            operator = operator_of(await get_account(db, account), shell=operator.id)
    return _Desk(installation, operator, office_of(installation.settings), origin._replace(actor=operator.actor))


async def _account_id(installation: Installation, text: str) -> str:
    async with installation.database.reading() as db:
        return (await get_account(db, text)).id


def _answer(case: Case) -> Answer:
    until = f" until {moment(case.hold_until)}" if case.status is CaseStatus.HOLDING else ""
    return Answer(_data(case), f"{case.number} is {case.status.value}{until}.")


def _data(case: Case) -> dict[str, Any]:
    return {
        "number": case.number,
        "kind": case.kind.value,
        "status": case.status.value,
        "account_id": case.account_id,
        "contact": case.contact_email,
        "service": case.service,
        "old_email": case.old_email,
        "new_email": case.new_email,
        "phone": case.phone,
        "topic": case.topic,
        "message": case.message,
        "created_at": case.created_at,
        "due_at": case.due_at,
        "first_approver": case.first_approver,
        "second_approver": case.second_approver,
        "phone_authorised_at": case.phone_authorised_at,
        "hold_until": case.hold_until,
        "closed_at": case.closed_at,
        "reason": case.reason,
    }


def _shown(name: str, value: Any) -> str:  # noqa: ANN401 - any column
    if name.endswith("_at") or name == "hold_until":
        return moment(value)
    if name == "missing":
        return ", ".join(" or ".join(line) for line in value)
    return " ".join(value) if isinstance(value, list) else str(value or "")
