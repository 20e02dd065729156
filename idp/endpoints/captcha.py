"""A new challenge for a page that was open longer than its own one is good for. Nothing is stored."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from idp.settings import Captcha
from idp.web.captcha import PURPOSES, challenge_for
from idp.web.scope import open_scope

router = APIRouter()


@router.api_route("/captcha", methods=["GET", "HEAD"], response_model=None)
async def captcha(request: Request) -> Response:
    """`for` names the form; 404 where there is no such form, or no proof of work."""
    scope = await open_scope(request)
    purpose = request.query_params.get("for", "")
    if scope.wiring.settings.captcha is not Captcha.ALTCHA or purpose not in PURPOSES:
        return scope.finish(JSONResponse({"error": "invalid_request"}, status_code=404))
    return scope.finish(JSONResponse(challenge_for(scope, purpose), headers={"Cache-Control": "no-store"}))
