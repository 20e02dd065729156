"""The link in the verification mail. Opening it shows a page; only its button acts, since mail scanners open links too.

It works on any device: the page that asked notices there ("I clicked the link").
"""

from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from idp.accounts import store as accounts
from idp.accounts.identifiers import mask_email
from idp.audit.events import Event
from idp.audit.record import record
from idp.credentials.one_time_codes import CodeRefusal, find_link, redeem_link
from idp.interaction.verification_codes import LINK_PATH, VERIFY_EMAIL
from idp.web.forms import read_form
from idp.web.scope import PageScope, open_scope

router = APIRouter()
_LONGEST_TOKEN = 64


@router.api_route(LINK_PATH, methods=["GET", "HEAD"], response_model=None)
async def show_link(request: Request) -> Response:
    scope = await open_scope(request)
    token = request.query_params.get("t", "")[:_LONGEST_TOKEN]
    async with scope.wiring.database.reading() as db:
        found = await find_link(db, token, VERIFY_EMAIL, scope.now)
    if isinstance(found, CodeRefusal):
        return _refused(scope, found)
    return _page(scope, state="ready", token=token, email=mask_email(found.target))


@router.post(LINK_PATH, response_model=None)
async def follow_link(request: Request) -> Response:
    scope = await open_scope(request)
    form = await read_form(request)
    token = form.one("token")[:_LONGEST_TOKEN]
    here = f"{LINK_PATH}?{urlencode({'t': token})}"
    if not scope.is_own_form(form.one("csrf")):
        return scope.redirect(here)
    async with scope.wiring.database.writing() as db:
        found = await redeem_link(db, token, VERIFY_EMAIL, scope.now)
        if not isinstance(found, CodeRefusal):
            await accounts.verify_email(db, found.account_id, email=found.target, now=scope.now)
            await record(db, Event.EMAIL_VERIFIED, outcome="success", origin=scope.origin, account_id=found.account_id)
    # A refused link says why when its page is shown again: no POST answers with a page.
    return scope.redirect(here if isinstance(found, CodeRefusal) else "/verify/email/confirmed")


@router.api_route("/verify/email/confirmed", methods=["GET", "HEAD"], response_model=None)
async def confirmed(request: Request) -> Response:
    return (await open_scope(request)).page("verify_email_confirmed.html", continue_url="")


def _refused(scope: PageScope, refusal: CodeRefusal) -> Response:
    return _page(scope, state="used" if refusal is CodeRefusal.USED else "expired")


def _page(scope: PageScope, *, state: str, token: str = "", email: str = "") -> Response:
    return scope.page(
        "verify_email_link.html", state=state, action=LINK_PATH, token=token, email=email, login_url="/login"
    )
