"""`/object`: the link by which an owner stops or undoes a change. Opening it tells what happened; its button acts.

It works on any device, once, for as long as `IDP_OBJECTION_LIFETIME` says.
"""

from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from idp.administration.objecting.subject import Acting
from idp.administration.objecting.subjects import SUBJECTS
from idp.lifecycle.objections import OBJECTION_PATH, find_objection, spend_objection
from idp.web.forms import read_form
from idp.web.scope import PageScope, open_scope

router = APIRouter()
_LONGEST_TOKEN = 64


@router.api_route(OBJECTION_PATH, methods=["GET", "HEAD"], response_model=None)
async def show_objection(request: Request) -> Response:
    scope = await open_scope(request)
    token = request.query_params.get("t", "")[:_LONGEST_TOKEN]
    async with scope.wiring.database.reading() as db:
        objection = await find_objection(db, token)
        subject = SUBJECTS.get(objection.subject) if objection else None
        told = await subject.tell(db, objection) if objection and subject else {}
    if objection is None or subject is None or (objection.used_at is None and objection.expires_at <= scope.now):
        return scope.page("objection_expired.html")
    state = "ready" if objection.used_at is None else "used"
    return scope.page(subject.template, state=state, action=OBJECTION_PATH, token=token, **told)


@router.post(OBJECTION_PATH, response_model=None)
async def object_to_it(request: Request) -> Response:
    scope = await open_scope(request)
    form = await read_form(request)
    token = form.one("token")[:_LONGEST_TOKEN]
    if scope.is_own_form(form.one("csrf")):
        await _carry_out(scope, token)
    # Its GET says what came of it; to a form of another site, what could come.
    return scope.redirect(f"{OBJECTION_PATH}?{urlencode({'t': token})}")


async def _carry_out(scope: PageScope, token: str) -> None:
    async with scope.wiring.database.writing() as db:
        objection = await spend_objection(db, token, origin=scope.origin)
        subject = SUBJECTS.get(objection.subject) if objection else None
        if objection is not None and subject is not None:
            acting = Acting(scope.wiring.master_keys, scope.wiring.settings, scope.origin)
            await subject.act(db, objection, acting)
