"""`/desk/requests/{number}`: one request, with all that is known about it, and the way to its decision.

The rules (who may approve, what has to be there, what happens then) are in `administration/cases`; the page shows
what they allow, and says why they refuse.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.exceptions import HTTPException
from starlette.responses import Response

from idp.accounts import store as accounts
from idp.administration.cases import working
from idp.administration.cases.acting import carry_out
from idp.administration.cases.deciding import approve, reject
from idp.administration.cases.hints import send_hint
from idp.administration.cases.office import Office
from idp.administration.cases.operators import Operator
from idp.administration.cases.phone_authorisation import send_authorisation
from idp.administration.refusal import Refused
from idp.audit.record import Origin
from idp.endpoints.desk.guard import DeskScope, desk_page
from idp.endpoints.desk.refused import refusal
from idp.endpoints.desk.request_view import request_context
from idp.sealing import MasterKeys
from idp.support import store as cases
from idp.support.case import Case, CaseStatus
from idp.support.evidence import EvidenceItem
from idp.web.forms import BadForm, Form
from idp.web.page_state import PageState
from idp.web.pages import PageError

router = APIRouter()

PATH = "/desk/requests/{number}"
_LONGEST_NOTE = 4000
_LONGEST_REASON = 300

Work = Callable[[AsyncConnection], Awaitable[Case]]


class Send(Protocol):
    """A use-case that sends a message for a case."""

    def __call__(
        self, db: AsyncConnection, keys: MasterKeys, case: Case, *, operator: Operator, office: Office, origin: Origin
    ) -> Awaitable[Case]: ...


_OUTCOMES = {
    CaseStatus.DONE: "case_approved",
    CaseStatus.NEEDS_SECOND: "case_needs_second",
    CaseStatus.HOLDING: "case_holding",
    CaseStatus.REJECTED: "case_rejected",
}


@router.api_route(PATH, methods=["GET", "HEAD"], response_model=None)
@desk_page
async def show(opened: DeskScope) -> Response:
    case = await _case(opened)
    async with opened.scope.wiring.database.reading() as db:
        account = await accounts.find(db, case.account_id) if case.account_id else None
        context = await request_context(db, case, account, opened.operator)
    where = f"{opened.scope.wiring.settings.issuer}/case/{case.number}/authorise"
    return opened.page("desk/request.html", "queue", case=case, base_url=_url(case), authorise_url=where, **context)


@router.post(f"{PATH}/notes", response_model=None)
@desk_page
async def add_note(opened: DeskScope) -> Response:
    case, form = await _sent(opened)
    if isinstance(form, Response):
        return form
    note = form.one("note").strip()[:_LONGEST_NOTE]
    if not note:
        return opened.refuse(_url(case), PageError("note", "note.missing"))

    async def work(db: AsyncConnection) -> Case:
        return await working.add_note(db, case, note, operator=opened.operator, origin=opened.origin)

    return await _do(opened, case, work, "note_added")


@router.post(f"{PATH}/evidence", response_model=None)
@desk_page
async def record_evidence(opened: DeskScope) -> Response:
    case, form = await _sent(opened)
    if isinstance(form, Response):
        return form
    if form.one("item") not in set(EvidenceItem):
        raise BadForm
    item = EvidenceItem(form.one("item"))

    async def work(db: AsyncConnection) -> Case:
        return await working.record_evidence(db, case, item, operator=opened.operator, origin=opened.origin)

    return await _do(opened, case, work, "evidence_recorded")


@router.post(f"{PATH}/account", response_model=None)
@desk_page
async def assign_account(opened: DeskScope) -> Response:
    case, form = await _sent(opened)
    if isinstance(form, Response):
        return form
    async with opened.scope.wiring.database.reading() as db:
        account = await accounts.find(db, form.one("account_id").strip())
    if account is None:
        return opened.refuse(_url(case), PageError("account_id", "account.unknown"))

    async def work(db: AsyncConnection) -> Case:
        return await working.assign_account(db, case, account, operator=opened.operator, origin=opened.origin)

    return await _do(opened, case, work, "account_assigned")


@router.post(f"{PATH}/hint", response_model=None)
@desk_page
async def hint(opened: DeskScope) -> Response:
    return await _send(opened, send_hint, "hint_sent")


@router.post(f"{PATH}/sms", response_model=None)
@desk_page
async def sms(opened: DeskScope) -> Response:
    return await _send(opened, send_authorisation, "authorisation_sent")


@router.post(f"{PATH}/decision", response_model=None)
@desk_page
async def decide(opened: DeskScope) -> Response:
    """Approve or reject, with a reason."""
    case, form = await _sent(opened)
    if isinstance(form, Response):
        return form
    decision = {"approve": approve, "reject": reject}.get(form.one("decision"))
    if decision is None:
        raise BadForm
    reason = form.one("reason").strip()[:_LONGEST_REASON]
    if not reason:
        return opened.refuse(_url(case), PageError("reason", "reason.missing"))
    if not opened.is_fresh:
        return opened.prove_again(_url(case), {"reason": reason})
    keys, office = opened.scope.wiring.master_keys, opened.office

    async def work(db: AsyncConnection) -> Case:
        return await decision(
            db, keys, case, operator=opened.operator, reason=reason, office=office, origin=opened.origin
        )

    return await _do(opened, case, work, "", values={"reason": reason})


async def _case(opened: DeskScope) -> Case:
    """The case of the address; there is none for a number that nobody has."""
    async with opened.scope.wiring.database.reading() as db:
        case = await cases.get_by_number(db, str(opened.scope.request.path_params["number"]))
    if case is None:
        raise HTTPException(404)
    return case


async def _sent(opened: DeskScope) -> tuple[Case, Form | Response]:
    case = await _case(opened)
    return case, await opened.read_own_form(_url(case))


def _url(case: Case) -> str:
    return f"/desk/requests/{case.number}"


async def _send(opened: DeskScope, send: Send, notice: str) -> Response:
    """A message to the customer: dangerous enough to ask who is sitting there (AD-08)."""
    case, form = await _sent(opened)
    if isinstance(form, Response):
        return form
    if not opened.is_fresh:
        return opened.prove_again(_url(case), {})
    keys, office = opened.scope.wiring.master_keys, opened.office

    async def work(db: AsyncConnection) -> Case:
        return await send(db, keys, case, operator=opened.operator, office=office, origin=opened.origin)

    return await _do(opened, case, work, notice)


async def _do(
    opened: DeskScope, case: Case, work: Work, notice: str, *, values: Mapping[str, str] | None = None
) -> Response:
    """What was pressed, in one transaction; then the page again, with what came of it or why nothing did."""
    try:
        changed = await carry_out(opened.scope.wiring.database, work, origin=opened.origin)
    except Refused as refused:
        return opened.refuse(_url(case), refusal(refused), values)
    return opened.say(_url(case), PageState(notice=notice or _OUTCOMES.get(changed.status, "")))
