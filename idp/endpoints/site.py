"""The pages that belong to no flow: the root, help, `/continue`, errors, well-known addresses."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response

from idp.interaction.flow import Flow
from idp.interaction.opening import flow_sealer
from idp.web.contact import CONTACT_PATH
from idp.web.continuing import open_continue
from idp.web.form_post import form_post_page
from idp.web.pages import STATIC, language_address
from idp.web.scope import address_of, open_scope

router = APIRouter()


@router.api_route("/", methods=["GET", "HEAD"], response_model=None)
async def root(request: Request) -> Response:
    """The login page when nobody is signed in, else the account."""
    scope = await open_scope(request)
    if any(entry.session.is_active for entry in scope.sessions.entries):
        return scope.redirect("/account/security")
    flow = Flow.begin(device_id=scope.device_id, now=scope.now)
    if scope.sessions.browser_changed:
        flow = flow.with_notice("ua_changed")
    return scope.redirect(flow_sealer(scope.wiring).url("/login", flow))


@router.api_route("/continue", methods=["GET", "HEAD"], response_model=None)
async def continue_page(request: Request) -> Response:
    """The way from a form of ours to another origin: see `web.continuing`."""
    scope = await open_scope(request)
    opened = open_continue(scope.wiring.master_keys, request.query_params.get("to", ""), scope.now)
    if opened is None:
        return scope.page("flow_expired.html", start_url="/login")
    if opened.form is not None:
        return form_post_page(scope, opened.url, opened.form, app_name=opened.app_name)
    app = {"name": opened.app_name, "logo_uri": None}
    return scope.prepared_page(  # 350 µs for the request instead of 500
        "continue.html",
        locale=scope.locale(),
        key=(opened.purpose, opened.app_name),
        made_of=None,
        own={"url": opened.url, "language_address": language_address(address_of(request))},
        context=lambda marked: {"purpose": opened.purpose, "app": app, **marked},
    )


@router.api_route("/error", methods=["GET", "HEAD"], response_model=None)
async def error_page(request: Request) -> Response:
    scope = await open_scope(request)
    return scope.page("error.html", status=400, code="invalid_request")


@router.api_route("/help", methods=["GET", "HEAD"], response_model=None)
async def help_page(request: Request) -> Response:
    return (await open_scope(request)).page("help.html")


@router.api_route("/help/cannot-complete-login", methods=["GET", "HEAD"], response_model=None)
async def help_with_login(request: Request) -> Response:
    return (await open_scope(request)).page("help/cannot_complete_login.html", contact_url=CONTACT_PATH)


@router.api_route("/session/status", methods=["GET", "HEAD"], response_model=None)
async def session_status(request: Request) -> Response:
    """Whether somebody is signed in here: a tab that comes back into view asks once."""
    scope = await open_scope(request)
    is_active = any(entry.session.is_active for entry in scope.sessions.entries)
    return PlainTextResponse("active" if is_active else "none", headers={"Cache-Control": "no-store"})


@router.api_route("/.well-known/change-password", methods=["GET", "HEAD"], response_model=None)
async def change_password(_: Request) -> Response:
    """Where password managers send people (W3C, A Well-Known URL for Changing Passwords)."""
    return RedirectResponse("/account/security/password", status_code=303)


@router.api_route("/.well-known/security.txt", methods=["GET", "HEAD"], response_model=None)
async def security_txt(request: Request) -> Response:
    """RFC 9116: where to report a hole."""
    settings = request.app.state.wiring.settings
    return PlainTextResponse(f"Contact: mailto:{settings.support_email}\nPreferred-Languages: en, cs\n")


@router.api_route("/robots.txt", methods=["GET", "HEAD"], response_model=None)
async def robots(_: Request) -> Response:
    return PlainTextResponse("User-agent: *\nDisallow: /\n")


@router.api_route("/favicon.ico", methods=["GET", "HEAD"], response_model=None)
async def favicon(_: Request) -> Response:
    return FileResponse(STATIC / "favicon.svg", media_type="image/svg+xml")
