"""`/logout`: RP-initiated logout (OIDC RP-Initiated Logout §2), and the sign-out of our own pages.

Without a valid ID token hint of this very session the person is asked. A redirect goes only to a registered
`post_logout_redirect_uri` of a client that was named by a valid hint or by `client_id`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from idp.clients.client import Client
from idp.lifecycle.end_session import end_session
from idp.protocol.errors import OAuthError
from idp.protocol.parameters import parse_parameters
from idp.sealing import SealBroken
from idp.sessions.session import EndReason
from idp.web.applications import application_view
from idp.web.continuing import continue_url
from idp.web.error_pages import authorization_error_page
from idp.web.forms import BadForm, read_form
from idp.web.id_token_hint import read_id_token_hint
from idp.web.scope import PageScope, open_scope
from idp.wiring import Wiring

router = APIRouter()
_PURPOSE = "logout"
_FIELDS = ("id_token_hint", "post_logout_redirect_uri", "client_id", "state", "logout_hint", "ui_locales")


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """What a relying party asks for, as far as it was proven. `return_url` is registered, or empty."""

    client: Client | None
    session_id: str
    return_url: str


@router.api_route("/logout", methods=["GET", "HEAD"], response_model=None)
async def logout_page(request: Request) -> Response:
    scope = await open_scope(request)
    try:
        asked = await _read(scope.wiring, parse_parameters(request.scope["query_string"]))
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
        given = {name: form.one(name) for name in _FIELDS if form.one(name)}
        return scope.redirect(f"/logout?{urlencode(given)}")
    asked = await _open(scope.wiring, sealed)
    if not scope.is_own_form(form.one("csrf")):
        return scope.redirect("/logout")
    if form.one("decision") != "logout":
        return scope.redirect((asked.return_url and _onward(scope, asked, "return")) or "/account/security")
    await _end_all(scope, asked)
    if not asked.return_url:
        return _signed_out(scope.redirect("/logged-out"))
    return _signed_out(scope.redirect(_onward(scope, asked, "sign_out")))


@router.api_route("/logged-out", methods=["GET", "HEAD"], response_model=None)
async def logged_out(request: Request) -> Response:
    scope = await open_scope(request)
    return scope.page("logged_out.html", login_url="/login", return_url="", failed=())


async def _ask_or_end(request: Request, scope: PageScope, asked: LogoutRequest) -> Response:
    named = scope.sessions.find(asked.session_id) if asked.session_id else None
    # The one GET that may act: a navigation that proves with its hint whose session it ends (SE-22).
    is_navigation = request.headers.get("sec-fetch-dest", "document") == "document"
    if named is not None and is_navigation and request.method == "GET":
        await _end_all(scope, asked)
        return _signed_out(scope.redirect(asked.return_url or "/logged-out"))
    if not scope.sessions.entries:
        return scope.redirect(asked.return_url or "/logged-out")
    current = scope.sessions.entries[0]
    body = json.dumps([asked.client.client_id if asked.client else "", asked.session_id, asked.return_url])
    sealed = scope.wiring.master_keys.seal_text(body, purpose=_PURPOSE)
    return scope.page(
        "logout.html",
        action=f"/logout?{urlencode({'request': sealed})}",
        apps=(),
        account_email=current.account.login_email,
        app=application_view(asked.client, scope.locale()) if asked.client else None,
    )


async def _end_all(scope: PageScope, asked: LogoutRequest) -> None:
    """The session that was named, else every session of this browser."""
    named = scope.sessions.find(asked.session_id) if asked.session_id else None
    ending = [named] if named else list(scope.sessions.entries)
    async with scope.wiring.database.writing() as db:
        for entry in ending:
            await end_session(db, entry.session, reason=EndReason.LOGOUT, origin=scope.origin)
    for entry in ending:
        scope.sessions.remove(entry.session.id)
    scope.sessions.cookie_changed = True


async def _read(wiring: Wiring, parameters: Mapping[str, str]) -> LogoutRequest:
    claims = _hint(wiring, parameters["id_token_hint"]) if "id_token_hint" in parameters else None
    if "id_token_hint" in parameters and claims is None:
        # A hint that is none proves nothing, and says that something is wrong: ask, and redirect nowhere.
        return LogoutRequest(None, "", "")
    client_id = parameters.get("client_id") or (claims["aud"] if claims else "")
    if claims is not None and claims["aud"] != client_id:
        return LogoutRequest(None, "", "")
    client = await wiring.clients.get(client_id) if client_id else None
    return_url = _proven_return(client, parameters)
    return LogoutRequest(client, str(claims["sid"]) if claims else "", return_url)


def _proven_return(client: Client | None, parameters: Mapping[str, str]) -> str:
    """OIDC RP-Initiated Logout §3: compared as exact strings; `state` is given back, and nothing else added."""
    uri = parameters.get("post_logout_redirect_uri", "")
    if client is None or not client.is_active or uri not in client.post_logout_redirect_uris:
        return ""
    if "state" not in parameters:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode({'state': parameters['state']})}"


def _hint(wiring: Wiring, token: str) -> dict[str, Any] | None:
    claims = read_id_token_hint(wiring, token)
    is_complete = claims is not None and isinstance(claims.get("aud"), str) and "sid" in claims
    return claims if is_complete else None


async def _open(wiring: Wiring, sealed: str) -> LogoutRequest:
    try:
        client_id, session_id, return_url = json.loads(wiring.master_keys.open_text(sealed, purpose=_PURPOSE))
    except SealBroken as error:
        raise BadForm from error
    client = await wiring.clients.get(client_id) if client_id else None
    return LogoutRequest(client, session_id, return_url)


def _onward(scope: PageScope, asked: LogoutRequest, purpose: str) -> str:
    name = application_view(asked.client, scope.locale())["name"] if asked.client else scope.wiring.settings.brand
    return continue_url(scope.wiring.master_keys, asked.return_url, purpose=purpose, app_name=name, now=scope.now)


def _signed_out(response: Response) -> Response:
    """SE-15: what the browser kept of our pages is dropped; its cookies are ours to end, one by one."""
    response.headers["Clear-Site-Data"] = '"cache"'
    return response
