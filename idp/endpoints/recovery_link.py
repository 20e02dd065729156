"""The link in the mail of a password recovery. It works in the browser that asked and nowhere else, and opening it
changes nothing, since mail scanners open links too.

In that browser its token moves from the address bar into the sealed flow that asked, so that no page, no history entry
shown to others and no referrer carries it (RC-12); the form goes on there.
"""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from idp.credentials.reset_links import find_asking_flow, find_by_link
from idp.interaction.flow import Flow, FlowBroken, Memo
from idp.interaction.opening import flow_sealer
from idp.interaction.password_recovery import LINK_PATH, NEW_PASSWORD, opened_here, refusal_view
from idp.web.scope import PageScope, open_scope

router = APIRouter()
_LONGEST_TOKEN = 64


@router.api_route(LINK_PATH, methods=["GET", "HEAD"], response_model=None)
async def show_link(request: Request) -> Response:
    scope = await open_scope(request)
    token = request.query_params.get("t", "")[:_LONGEST_TOKEN]
    async with scope.wiring.database.reading() as db:
        found = await find_by_link(db, token, scope.now)
        flow = _opened(scope, await find_asking_flow(db, token, scope.device_id))
    url = flow_sealer(scope.wiring).url
    if opened_here(scope, found):
        return scope.redirect(url(NEW_PASSWORD, flow.remembering(**{Memo.RESET_TOKEN: token})))
    return scope.page("recovery_link.html", **refusal_view(found, flow, url))


def _opened(scope: PageScope, sealed: str) -> Flow:
    """The login that the recovery interrupted; a new one in another browser, or where that is too old."""
    sealer = flow_sealer(scope.wiring)
    try:
        flow = sealer.open(sealed)
    except FlowBroken:
        flow = None
    if flow is None or sealer.has_expired(flow, scope.now):
        return Flow.begin(device_id=scope.device_id, now=scope.now)
    return flow
