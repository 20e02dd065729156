"""`/check-session`: the frame that a relying party's page asks whether the login has changed (Session Management §3.3).

It is there only with `IDP_SESSION_MANAGEMENT`. Unlike every other page it may be framed by anybody: it shows nothing,
has nothing to press, and its script answers with one of three words.
"""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from idp.web.cookies import BROWSER_STATE, Cookies
from idp.wiring import Wiring

router = APIRouter()
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; base-uri 'none'; frame-ancestors *",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@router.api_route("/check-session", methods=["GET", "HEAD"], response_model=None)
async def check_session(request: Request) -> Response:
    """The same for everybody: no cookie is read or set here."""
    wiring: Wiring = request.app.state.wiring
    response: Response = request.app.state.pages.html(
        "check_session.html",
        locale=wiring.settings.default_locale,
        headers=_HEADERS,
        cookie=Cookies(wiring.settings.has_tls).full_name(BROWSER_STATE),
    )
    return response
