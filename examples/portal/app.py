"""Builds the portal: its two clients, its routes, its middleware, and what every failure looks like."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.base import RequestResponseEndpoint

from examples.portal.api_client import ApiClient, ApiUnreachable
from examples.portal.back_channel import BackChannelRoutes
from examples.portal.browser_sessions import SessionMiddleware, SessionStore
from examples.portal.clock import now
from examples.portal.configuration import Configuration
from examples.portal.dashboard import DashboardRoutes
from examples.portal.logout_tokens import LogoutTokens
from examples.portal.pages import Pages, SecurityHeaders
from examples.portal.partner import PartnerRoutes
from examples.portal.provider import Provider, ProviderUnreachable, Registration
from examples.portal.services import ServiceReports
from examples.portal.sign_in import SignInRoutes

_STATIC = Path(__file__).with_name("static")


def build_app(
    configuration: Configuration,
    *,
    transport: httpx2.AsyncBaseTransport | None = None,
    clock: Callable[[], int] = now,
) -> FastAPI:
    """The ASGI application. Nothing is asked of the provider before the first person signs in."""
    pages = Pages(configuration)
    own, partners = registrations(configuration)
    provider = Provider(own, issuer=configuration.issuer, transport=transport)
    partner = Provider(partners, issuer=configuration.issuer, transport=transport)
    api = ApiClient(configuration.api_url, transport=transport)
    reports = ServiceReports(provider, issuer=configuration.issuer, transport=transport)
    sign_in = SignInRoutes(configuration, provider, pages, reports)
    dashboard = DashboardRoutes(provider, api, pages, sign_in)
    store = SessionStore(clock)
    logout_tokens = LogoutTokens(provider.keys, issuer=configuration.issuer, client_id=own.client_id, now=clock)

    app = FastAPI(title="Global client portal", docs_url=None, redoc_url=None, openapi_url=None)
    for routes in (sign_in, dashboard, PartnerRoutes(partner, pages), BackChannelRoutes(logout_tokens, store)):
        app.include_router(routes.router())
    app.add_api_route("/live", _live, methods=["GET"])
    app.mount("/static", StaticFiles(directory=_STATIC))
    _show_failures(app, pages)
    _refuse_foreign_forms(app, configuration, pages)
    app.add_middleware(SessionMiddleware, store=store, has_tls=configuration.has_tls)
    app.add_middleware(SecurityHeaders, has_tls=configuration.has_tls)
    return app


def registrations(configuration: Configuration) -> tuple[Registration, Registration]:
    """The portal's own client, and the third party's."""
    own = Registration(
        client_id=configuration.client_id,
        client_secret=configuration.client_secret,
        scope=configuration.scope,
        redirect_uri=f"{configuration.url}/callback",
    )
    partners = Registration(
        client_id=configuration.partner_client_id,
        client_secret=configuration.partner_client_secret,
        scope=configuration.partner_scope,
        redirect_uri=f"{configuration.url}/partner/callback",
    )
    return own, partners


async def _live() -> Response:
    return PlainTextResponse("ok")


def _show_failures(app: FastAPI, pages: Pages) -> None:
    """A sentence for each thing that can be down, and for an address without a page."""

    def show(request: Request, sentence: str, *, status: int) -> Response:
        again = request.url.path if request.method == "GET" and status == 503 else "/"
        problem = {"sentence": sentence, "again": again, "label": "try_again", "error": "", "description": ""}
        return pages.html(request, "problem.html", status=status, problem=problem)

    @app.exception_handler(ProviderUnreachable)
    async def provider_down(request: Request, _: Exception) -> Response:
        return show(request, "provider_down", status=503)

    @app.exception_handler(ApiUnreachable)
    async def api_down(request: Request, _: Exception) -> Response:
        return show(request, "api_down", status=503)

    @app.exception_handler(HTTPException)
    async def not_found(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        return show(request, "not_found", status=status)


def _refuse_foreign_forms(app: FastAPI, configuration: Configuration, pages: Pages) -> None:
    """A POST must come from the portal's own pages. SameSite=Lax alone would let other ports of this host in."""
    parts = urlsplit(configuration.url)
    own_origin = f"{parts.scheme}://{parts.netloc}"

    @app.middleware("http")
    async def check_origin(request: Request, call_next: RequestResponseEndpoint) -> Response:
        origin = request.headers.get("origin")
        if request.method == "POST" and origin is not None and origin != own_origin:
            problem = {"sentence": "foreign_form", "again": "/", "label": "home", "error": "", "description": ""}
            return pages.html(request, "problem.html", status=403, problem=problem)
        return await call_next(request)
