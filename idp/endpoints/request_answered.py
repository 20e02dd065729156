"""`/approve/done`: what became of a request that was asked on another device."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from idp.interaction.decoupled import ANSWERED_PATH
from idp.web.page_state import PageState
from idp.web.scope import open_scope

router = APIRouter()
_SECONDS = 3600


@router.api_route(ANSWERED_PATH, methods=["GET", "HEAD"], response_model=None)
async def request_answered(request: Request) -> Response:
    """An address that was made up, or is another browser's, only says that the request is over."""
    scope = await open_scope(request)
    state = PageState.read(
        scope.wiring.master_keys,
        request.query_params.get("said", ""),
        path=ANSWERED_PATH,
        reader=scope.device_id,
        now=scope.now,
        lifetime=_SECONDS,
    )
    outcome, name = state.facts.get("outcome", "gone"), state.facts.get("app", "")
    return scope.page("request_answered.html", outcome=outcome, app_name=name)
