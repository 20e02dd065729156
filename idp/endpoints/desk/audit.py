"""`/desk/audit`: who looked at whom, and what operators did; as CSV, too."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from idp.accounts import store as accounts
from idp.audit.cleaning import Detail
from idp.audit.events import Event
from idp.audit.record import record
from idp.audit.store import AuditEvent, list_by_events
from idp.endpoints.desk.guard import DeskScope, desk_page
from idp.endpoints.desk.views import email_hint, names_of
from idp.web.forms import BadForm

router = APIRouter()

PATH = "/desk/audit"
_ABOUT_OPERATORS = frozenset(
    {
        Event.ACCESS_DENIED,
        Event.ACCOUNT_VIEWED,
        Event.AUDIT_EXPORTED,
        Event.CUSTOMERS_SEARCHED,
        Event.EMAIL_REVEALED,
        Event.ROLES_SET,
    }
)
DESK_EVENTS = tuple(each.value for each in Event if each.startswith("case_") or each in _ABOUT_OPERATORS)
_FILTERS = ("actor", "account", "event")
_ON_A_PAGE = 100
_IN_A_FILE = 5000
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS = ("time", "event", "outcome", "operator", "account", "why", "address", "request")


@router.api_route(PATH, methods=["GET", "HEAD"], response_model=None)
@desk_page
async def show(opened: DeskScope) -> Response:
    filters = _filters(opened.scope.request.query_params)
    before = opened.scope.request.query_params.get("before", "")
    async with opened.scope.wiring.database.reading() as db:
        events = await _events(db, filters, limit=_ON_A_PAGE, before=_number(before))
        views = await _views(db, events)
    query = {name: value for name, value in filters.items() if value}
    older = f"{PATH}?{urlencode({**query, 'before': str(events[-1].seq)})}" if len(events) == _ON_A_PAGE else ""
    return opened.page(
        "desk/audit.html",
        "audit",
        values=filters,
        events=views,
        older_url=older,
        csv_url=f"{PATH}.csv?{urlencode(query)}" if query else f"{PATH}.csv",
    )


@router.post(PATH, response_model=None)
@desk_page
async def filtered(opened: DeskScope) -> Response:
    """The filter's form: on to the address of what it shows."""
    form = await opened.read_own_form(PATH)
    if isinstance(form, Response):
        return form
    query = {name: form.one(name).strip()[:64] for name in _FILTERS if form.one(name).strip()}
    return opened.scope.redirect(f"{PATH}?{urlencode(query)}" if query else PATH)


@router.api_route(f"{PATH}.csv", methods=["GET", "HEAD"], response_model=None)
@desk_page
async def export(opened: DeskScope) -> Response:
    """The newest events as a file. Taking them along is on record, too."""
    filters = _filters(opened.scope.request.query_params)
    async with opened.scope.wiring.database.reading() as db:
        views = await _views(db, await _events(db, filters, limit=_IN_A_FILE, before=None))
    if opened.scope.request.method == "GET":
        async with opened.scope.wiring.database.writing() as db:
            details: dict[str, Detail] = {"rows": len(views), **filters}
            await record(db, Event.AUDIT_EXPORTED, outcome="success", origin=opened.origin, details=details)
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"', "Cache-Control": "no-store"}
    return opened.scope.finish(Response(as_csv(views), media_type="text/csv; charset=utf-8", headers=headers))


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """One line for each row; nothing in it is a formula to a spreadsheet (AD-14)."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for row in rows:
        moment = datetime.fromtimestamp(row["at"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        cells = [moment, *(row[name] for name in ("event", "outcome", "who", "whom", "why", "address", "request"))]
        writer.writerow([inert(str(cell or "")) for cell in cells])
    return text.getvalue()


def inert(cell: str) -> str:
    """ASVS 1.2.10: what a spreadsheet would calculate becomes text."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def _filters(given: Mapping[str, str]) -> dict[str, str]:
    return {name: given.get(name, "")[:64] for name in _FILTERS}


def _number(text: str) -> int | None:
    """The place to go on from; raises `BadForm` for one that no page of ours had (AD-13)."""
    if text and not (text.isascii() and text.isdigit() and len(text) < 16):
        raise BadForm
    return int(text) if text else None


async def _events(
    db: AsyncConnection, filters: Mapping[str, str], *, limit: int, before: int | None
) -> list[AuditEvent]:
    event = filters["event"]
    return await list_by_events(
        db,
        [event] if event in DESK_EVENTS else [] if event else DESK_EVENTS,
        account_id=filters["account"] or None,
        actor=filters["actor"] or None,
        before=before,
        limit=limit,
    )


async def _views(db: AsyncConnection, events: Sequence[AuditEvent]) -> list[dict[str, Any]]:
    names = await names_of(db, (event.actor for event in events))
    hints: dict[str, str] = {}
    for account_id in {event.account_id for event in events if event.account_id}:
        account = await accounts.find(db, account_id)
        hints[account_id] = email_hint(account.login_email) if account else account_id
    return [
        {
            "at": event.at,
            "event": event.event,
            "outcome": event.outcome,
            "who": names[event.actor],
            "whom": hints.get(event.account_id or "", "–"),
            "why": _why(event.details),
            "address": event.address,
            "request": event.request_id,
        }
        for event in events
    ]


def _why(details: Mapping[str, Any]) -> str:
    """The reason that was given, with the number of the request where there is one."""
    return " · ".join(str(details[name]) for name in ("case", "reason", "path") if details.get(name))
