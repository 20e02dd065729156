"""`/device`: a person types the code that the device shows (RFC 8628 §3.3).

A code that came along in the address (`verification_uri_complete`) stands in the form and still has to be sent; what it
stands for is shown, and asked, behind the login.
"""

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from idp.audit.events import Event
from idp.audit.record import record
from idp.decoupled import store
from idp.decoupled.codes import read_user_code
from idp.decoupled.request import DecoupledRequest
from idp.interaction.asking import begin_asking
from idp.interaction.attempts import wait_error
from idp.throttling import attempts
from idp.throttling.addresses import network_of
from idp.throttling.attempts import GUESSES, AttemptPolicy, Blocked
from idp.web.forms import read_form
from idp.web.page_state import PageState
from idp.web.pages import PageError
from idp.web.scope import PageScope, open_scope

router = APIRouter()

_PATH = "/device"
_SECONDS = 600
_LONGEST = 64
# RFC 8628 §5.1: 34 bits. Were a thousand codes waiting, ten minutes of guessing from everywhere at once would find one
# of them in one case of eight hundred.
_FROM_ONE_ADDRESS = AttemptPolicy(free=30)
_FROM_EVERYWHERE = "3000/minute"


@router.api_route(_PATH, methods=["GET", "HEAD"], response_model=None)
async def show(request: Request) -> Response:
    scope = await open_scope(request)
    state = _read_state(scope)
    brought = request.query_params.get("user_code", "")[:_LONGEST]
    return scope.page(
        "device.html",
        errors=state.errors,
        notice=state.notice or None,
        values={"user_code": read_user_code(brought) or brought, **state.values},
        action=_PATH,
    )


@router.post(_PATH, response_model=None)
async def submit(request: Request) -> Response:
    scope = await open_scope(request)
    form = await read_form(request)
    if scope.device_is_new:
        return scope.redirect("/cookies-off")
    typed = form.one("user_code")[:_LONGEST]
    if not scope.is_own_form(form.one("csrf")):
        return _again(scope, PageState(values={"user_code": typed}, notice="stale"))
    user_code = read_user_code(typed)
    if user_code is None:
        error = "user_code.malformed" if typed.strip() else "user_code.missing"
        return _again(scope, PageState((PageError("user_code", error),), {"user_code": typed}))
    found = await _find(scope, user_code)
    if isinstance(found, PageError):
        return _again(scope, PageState((found,), {"user_code": typed}))
    return await begin_asking(scope, found)


async def _find(scope: PageScope, user_code: str) -> DecoupledRequest | PageError:
    """Counts the guess, commits, then looks."""
    wiring = scope.wiring
    if wait := await wiring.addresses.hit("user-code", "", _FROM_EVERYWHERE):
        return wait_error("user_code", wait)
    mine = f"user-code:{scope.device_id[:16]}"
    async with wiring.database.writing() as db:
        if blocked := await _count(db, scope, mine):
            return wait_error("user_code", blocked.retry_after)
    async with wiring.database.writing() as db:
        found = await store.find_by_user_code(db, wiring.master_keys, user_code, scope.now)
        if found is None:
            await record(db, Event.USER_CODE_FAILED, outcome="failure", origin=scope.origin)
            return PageError("user_code", "user_code.unknown")
        await attempts.clear(db, mine)
    return found


async def _count(db: AsyncConnection, scope: PageScope, mine: str) -> Blocked | None:
    here = f"user-code-from:{network_of(scope.origin.address or '')}"
    for key, policy in ((mine, GUESSES), (here, _FROM_ONE_ADDRESS)):
        counted = await attempts.reserve(db, key, policy, scope.now)
        if isinstance(counted, Blocked):
            return counted
    return None


def _read_state(scope: PageScope) -> PageState:
    sealed = scope.request.query_params.get("said", "")
    keys = scope.wiring.master_keys
    return PageState.read(keys, sealed, path=_PATH, reader=scope.device_id, now=scope.now, lifetime=_SECONDS)


def _again(scope: PageScope, state: PageState) -> Response:
    return scope.redirect(state.url(scope.wiring.master_keys, _PATH, reader=scope.device_id, now=scope.now))
