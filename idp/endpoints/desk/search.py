"""`/desk/search`: one box for email, phone, service and request number. It finds hints, and each search is on record.

The search is made by the POST; the page behind it shows what was found, so that no address in a log or a history says
who was looked for.
"""

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from idp.accounts import store as accounts
from idp.administration.cases.acting import carry_out
from idp.administration.cases.operators import Denied
from idp.administration.cases.searching import SEARCHES, Found, search
from idp.administration.refusal import Refused
from idp.audit.events import Event
from idp.endpoints.desk.guard import DeskScope, desk_page
from idp.endpoints.desk.refused import refusal
from idp.endpoints.desk.views import customer_view
from idp.interaction.attempts import wait_error
from idp.support import store as cases
from idp.web.page_state import PageState
from idp.web.pages import PageError

router = APIRouter()

PATH = "/desk/search"
_LONGEST = 254


@router.api_route(PATH, methods=["GET", "HEAD"], response_model=None)
@desk_page
async def show(opened: DeskScope) -> Response:
    state = opened.state()
    searched = "accounts" in state.facts
    async with opened.scope.wiring.database.reading() as db:
        found = [await accounts.find(db, each) for each in state.facts.get("accounts", "").split()]
        numbers = [await cases.get_by_number(db, each) for each in state.facts.get("cases", "").split()]
    return opened.page(
        "desk/search.html",
        "search",
        state,
        found=[customer_view(account) for account in found if account is not None] if searched else None,
        cases=[case for case in numbers if case is not None],
    )


@router.post(PATH, response_model=None)
@desk_page
async def submit(opened: DeskScope) -> Response:
    form = await opened.read_own_form(PATH)
    if isinstance(form, Response):
        return form
    text = form.one("q").strip()[:_LONGEST]
    if not text:
        return opened.refuse(PATH, PageError("q", "search.missing"))

    async def work(db: AsyncConnection) -> Found:
        return await search(db, text, operator=opened.operator, origin=opened.origin)

    try:
        found = await carry_out(opened.scope.wiring.database, work, origin=opened.origin)
    except Denied as denied:
        throttled = denied.event is Event.THROTTLED
        error = wait_error("q", SEARCHES.window) if throttled else refusal(denied, "q")
        return opened.refuse(PATH, error, {"q": text})
    except Refused as refused:
        return opened.refuse(PATH, refusal(refused, "q"), {"q": text})
    facts = {
        "accounts": " ".join(hit.account_id for hit in found.accounts),
        "cases": " ".join(hit.number for hit in found.cases),
    }
    return opened.say(PATH, PageState(values={"q": text}, facts=facts))
