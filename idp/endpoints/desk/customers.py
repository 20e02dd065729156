"""`/desk/customers/{id}`: one account as an operator may see it: hints, flags, sign-ins, requests, messages' fates.

Nothing is done to the account here. *Reveal* shows the address for a reason that is kept; what else is wanted becomes
a request, which goes its way through the queue.
"""

from typing import Any

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.exceptions import HTTPException
from starlette.responses import Response

from idp.accounts import store as accounts
from idp.accounts.account import Account
from idp.accounts.identifiers import InvalidEmail, normalise_email
from idp.administration.cases.acting import carry_out
from idp.administration.cases.opening import NewCase, open_case
from idp.administration.cases.revealing import reveal
from idp.administration.refusal import Refused
from idp.audit.events import Event
from idp.audit.record import record
from idp.audit.store import list_events
from idp.credentials import store as credentials
from idp.endpoints.desk.guard import DeskScope, desk_page
from idp.endpoints.desk.refused import refusal
from idp.endpoints.desk.views import MOST_FATES, coarse_network, customer_view, fate_view
from idp.lifecycle.notices import browser_name
from idp.messaging.store import list_fates
from idp.support import store as cases
from idp.support.case import WEAKENING, CaseKind, CaseStatus
from idp.web.forms import Form
from idp.web.page_state import PageState
from idp.web.pages import PageError

router = APIRouter()

PATH = "/desk/customers/{account_id}"
_SIGN_INS = 5
_MOST_CASES = 50
_LONGEST_MESSAGE = 2000
_FIELDS = ("kind", "contact_email", "service", "new_email", "message")


@router.api_route(PATH, methods=["GET", "HEAD"], response_model=None)
@desk_page
async def show(opened: DeskScope) -> Response:
    """Looking is on record, too."""
    account = await _account(opened)
    database, state = opened.scope.wiring.database, opened.state()
    async with database.reading() as db:
        context = await _context(db, account)
    if opened.scope.request.method == "GET":
        async with database.writing() as db:
            await record(db, Event.ACCOUNT_VIEWED, outcome="success", origin=opened.origin, account_id=account.id)
    revealed = state.facts.get("revealed") == account.id
    return opened.page("desk/customer.html", "search", state, account=account, revealed=revealed, **context)


@router.post(f"{PATH}/reveal", response_model=None)
@desk_page
async def reveal_email(opened: DeskScope) -> Response:
    account = await _account(opened)
    here = f"/desk/customers/{account.id}"
    form = await opened.read_own_form(here)
    if isinstance(form, Response):
        return form
    reason = form.one("reason").strip()[:300]
    if not reason:
        return opened.refuse(here, PageError("reason", "reason.missing"))
    if not opened.is_fresh:
        return opened.prove_again(here, {"reason": reason})
    keys = opened.scope.wiring.master_keys

    async def work(db: AsyncConnection) -> str:
        return await reveal(db, keys, account, operator=opened.operator, reason=reason, origin=opened.origin)

    try:
        await carry_out(opened.scope.wiring.database, work, origin=opened.origin)
    except Refused as refused:
        return opened.refuse(here, refusal(refused), {"reason": reason})
    return opened.say(here, PageState(notice="revealed", facts={"revealed": account.id}))


@router.post(f"{PATH}/requests", response_model=None)
@desk_page
async def create_request(opened: DeskScope) -> Response:
    """A request in the customer's name, for whoever called or wrote by post."""
    account = await _account(opened)
    here = f"/desk/customers/{account.id}"
    form = await opened.read_own_form(here)
    if isinstance(form, Response):
        return form
    reading = _read(form, account)
    if not isinstance(reading, NewCase):
        kept = {name: form.one(name)[:4000] for name in _FIELDS}
        return opened.say(here, PageState(errors=reading, values=kept))
    wiring = opened.scope.wiring
    async with wiring.database.writing() as db:
        case = await open_case(db, wiring.master_keys, reading, office=opened.office, origin=opened.origin)
    return opened.say(f"/desk/requests/{case.number}", PageState(notice="case_opened"))


async def _account(opened: DeskScope) -> Account:
    """The account of the address; there is none for an id that nobody has."""
    async with opened.scope.wiring.database.reading() as db:
        account = await accounts.find(db, str(opened.scope.request.path_params["account_id"]))
    if account is None:
        raise HTTPException(404)
    return account


async def _context(db: AsyncConnection, account: Account) -> dict[str, Any]:
    sign_ins = await list_events(db, account_id=account.id, event=Event.LOGIN_SUCCEEDED, limit=_SIGN_INS)
    return {
        **{name: value for name, value in customer_view(account).items() if name != "id"},
        "has_otp": await credentials.has_active_otp(db, account.id),
        "sign_ins": [
            {"at": each.at, "browser": browser_name(each.user_agent), "network": coarse_network(each.address)}
            for each in sign_ins
        ],
        "cases": await cases.list_queue(db, account_id=account.id, statuses=tuple(CaseStatus), limit=_MOST_CASES),
        "fates": [
            fate_view(fate) for fate in await list_fates(db, account_id=account.id, notices=False, limit=MOST_FATES)
        ],
    }


def _read(form: Form, account: Account) -> NewCase | tuple[PageError, ...]:
    errors: list[PageError] = []
    kind, message = form.one("kind"), form.one("message").strip()
    if kind not in set(CaseKind):
        errors.append(PageError("kind", "kind.missing"))
    contact_email = _email(form, "contact_email", errors)
    service = form.one("service").strip()[:190]
    if kind == CaseKind.EMAIL_HINT and not service:
        errors.append(PageError("service", "service.missing"))
    wants_address = kind == CaseKind.LOGIN_EMAIL_CHANGE or form.one("new_email").strip()
    new_email = _email(form, "new_email", errors) if wants_address else ""
    if not message:
        errors.append(PageError("message", "message.missing"))
    if len(message) > _LONGEST_MESSAGE:
        errors.append(PageError("message", "message.too_long", {"n": _LONGEST_MESSAGE}))
    if errors:
        return tuple(errors)
    return NewCase(
        kind=CaseKind(kind),
        contact_email=contact_email,
        locale=account.locale,
        account_id=account.id,
        service=service,
        new_email=new_email,
        message=message,
        topic="email" if new_email else "otp" if CaseKind(kind) in WEAKENING else "desk",
    )


def _email(form: Form, name: str, errors: list[PageError]) -> str:
    typed = form.one(name).strip()
    try:
        return normalise_email(typed)
    except InvalidEmail:
        errors.append(PageError(name, "email.invalid" if typed else "email.missing"))
        return ""
