"""`/logout`: who may end a session at once, who is asked before, and where the browser goes then.

Without a valid ID token hint of this very session the person is asked. A redirect goes only to a registered
`post_logout_redirect_uri` of a client that was named by a valid hint or by `client_id`.
"""

from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from idp.endpoints.end_session.ending import Told, applications_told, end_sessions
from idp.endpoints.end_session.request import FIELDS, LogoutRequest, open_logout_request, read_logout_request
from idp.endpoints.end_session.signed_out import PATH as SIGNED_OUT
from idp.endpoints.end_session.signed_out import signed_out_url
from idp.protocol.errors import OAuthError
from idp.protocol.parameters import parse_parameters
from idp.web.applications import application_view
from idp.web.continuing import continue_url
from idp.web.error_pages import authorization_error_page
from idp.web.forms import read_form
from idp.web.scope import PageScope, open_scope

router = APIRouter()


@router.api_route("/logout", methods=["GET", "HEAD"], response_model=None)
async def logout_page(request: Request) -> Response:
    scope = await open_scope(request)
    try:
        asked = await read_logout_request(scope.wiring, parse_parameters(request.scope["query_string"]))
    except OAuthError as error:
        return authorization_error_page(scope, error)
    return await _ask_or_end(request, scope, asked)


@router.post("/logout", response_model=None)
async def logout_submit(request: Request) -> Response:
    """Our own confirmation form, or a relying party's POST (OIDC RP-Initiated Logout §2), which becomes a GET."""
    scope = await open_scope(request)
    form = await read_form(request)
    sealed = request.query_params.get("request", "")
    if not sealed:
        given = {name: form.one(name) for name in FIELDS if form.one(name)}
        return scope.redirect(f"/logout?{urlencode(given)}")
    asked = await open_logout_request(scope.wiring, sealed)
    if not scope.is_own_form(form.one("csrf")):
        return scope.redirect("/logout")
    if form.one("decision") != "logout":
        return scope.redirect((asked.return_url and _over_continue(scope, asked, "return")) or "/account/security")
    told = await end_sessions(scope, asked)
    return _signed_out(scope, asked, told, onward=asked.return_url and _over_continue(scope, asked, "sign_out"))


async def _ask_or_end(request: Request, scope: PageScope, asked: LogoutRequest) -> Response:
    named = scope.sessions.find(asked.session_id) if asked.session_id else None
    # The one GET that may act: a navigation that proves with its hint whose session it ends (SE-22).
    is_navigation = request.headers.get("sec-fetch-dest", "document") == "document"
    if named is not None and is_navigation and request.method == "GET":
        return _signed_out(scope, asked, await end_sessions(scope, asked), onward=asked.return_url)
    if not scope.sessions.entries:
        return scope.redirect(asked.return_url or SIGNED_OUT)
    return scope.page(
        "logout.html",
        action=f"/logout?{urlencode({'request': asked.sealed(scope.wiring)})}",
        apps=await applications_told(scope, asked),
        account_email=scope.sessions.entries[0].account.login_email,
        app=application_view(asked.client, scope.locale()) if asked.client else None,
    )


def _signed_out(scope: PageScope, asked: LogoutRequest, told: Told, *, onward: str) -> Response:
    """Straight on to the application, unless the browser has frames to load or the person something to read."""
    response = scope.redirect(signed_out_url(scope, asked, told) if told.needs_a_page else onward or SIGNED_OUT)
    # SE-15: what the browser kept of our pages is dropped; its cookies are ours to end, one by one.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _over_continue(scope: PageScope, asked: LogoutRequest, purpose: str) -> str:
    name = application_view(asked.client, scope.locale()).name if asked.client else scope.wiring.settings.brand
    return continue_url(scope.wiring.master_keys, asked.return_url, purpose=purpose, app_name=name, now=scope.now)
