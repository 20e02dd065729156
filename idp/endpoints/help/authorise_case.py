"""`/case/{number}/authorise`: the customer types the code that the desk sent to the phone of the account (F7.3).

Nobody at the desk ever sees it. A number that nobody has looks the same, and is refused like a wrong code.
"""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from idp.administration.cases.phone_authorisation import authorise
from idp.administration.refusal import Refused
from idp.credentials.one_time_codes import CodeRefusal
from idp.credentials.otp import digits_of
from idp.endpoints.help.forms import COOKIES_OFF, PURPOSE, is_refused, read_state, redirect
from idp.support import store as cases
from idp.support.numbers import normalise_number
from idp.web.captcha import captcha_view
from idp.web.forms import read_form
from idp.web.page_state import PageState
from idp.web.pages import PageError
from idp.web.scope import PageScope, open_scope

router = APIRouter()
PATH = "/case/{number}/authorise"


@router.api_route(PATH, methods=["GET", "HEAD"], response_model=None)
async def show(request: Request) -> Response:
    scope = await open_scope(request)
    here = _here(request)
    state = read_state(scope, here)
    is_done = "done" in state.facts
    captcha = {} if is_done else await captcha_view(scope, PURPOSE, state.values)
    return scope.page(
        "help/authorise_case.html",
        errors=state.errors,
        notice=state.notice or None,
        values=state.values,
        action=here,
        number=_number(request),
        is_done=is_done,
        **captcha,
    )


@router.post(PATH, response_model=None)
async def submit(request: Request) -> Response:
    scope = await open_scope(request)
    here = _here(request)
    form = await read_form(request)
    if scope.device_is_new:
        return scope.redirect(COOKIES_OFF)
    kept = {"captcha_wait": form.one("captcha_wait")[:4000]}
    if not scope.is_own_form(form.one("csrf")):
        return redirect(scope, here, PageState(values=kept, notice="stale"))
    code = digits_of(form.one("code"))
    error = None if len(code) == 6 else PageError("code", "code.length" if code else "code.missing")
    error = error or await is_refused(scope, form, bucket="case") or await _try(scope, _number(request), code)
    if error is not None:
        return redirect(scope, here, PageState(errors=(error,), values=kept))
    return redirect(scope, here, PageState(facts={"done": "1"}))


async def _try(scope: PageScope, number: str, code: str) -> PageError | None:
    wiring = scope.wiring
    async with wiring.database.reading() as db:
        case = await cases.get_by_number(db, number)
    if case is None:
        return PageError("code", "code.wrong")
    try:
        async with wiring.database.writing() as db:
            outcome = await authorise(
                db, wiring.master_keys, case, code, device_id=scope.device_id, origin=scope.origin
            )
    except Refused:  # decided meanwhile
        return PageError("code", "code.expired")
    return PageError("code", f"code.{outcome}") if isinstance(outcome, CodeRefusal) else None


def _number(request: Request) -> str:
    """As it is written; what is no number is shown as nobody's."""
    return normalise_number(str(request.path_params["number"])) or "–"


def _here(request: Request) -> str:
    return f"/case/{_number(request)}/authorise"
