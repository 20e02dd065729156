"""`/help/messages`: what to do when a code does not arrive, and after that the contact form (F10.1)."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from idp.web.contact import CONTACT_ABOUT_MESSAGES
from idp.web.scope import open_scope

router = APIRouter()


@router.api_route("/help/messages", methods=["GET", "HEAD"], response_model=None)
async def messages_help(request: Request) -> Response:
    scope = await open_scope(request)
    return scope.page("help/messages.html", contact_url=CONTACT_ABOUT_MESSAGES)
