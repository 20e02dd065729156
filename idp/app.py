"""Builds the ASGI application: routes, the edge around them, and the life of the wiring."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from idp.administration.audit_log import seal_for_ever
from idp.administration.cases.holding import carry_out_held_for_ever
from idp.administration.cases.office import office_of
from idp.administration.key_schedule import rotate_for_ever
from idp.administration.pruning import prune_for_ever
from idp.endpoints import (
    captcha,
    check_session,
    dev_inbox,
    email_link,
    lost_otp,
    objection,
    recovery_link,
    request_answered,
    site,
)
from idp.endpoints.account import confirm, otp, password, phone, recovery_codes, requests, security
from idp.endpoints.admin.services import SERVICES_PATH, services_endpoint
from idp.endpoints.authorize import routes as authorize
from idp.endpoints.backchannel_authentication.endpoint import backchannel_authentication_endpoint
from idp.endpoints.client_logo import CLIENT_LOGO_PATH, client_logo_endpoint
from idp.endpoints.client_registration import client_registration_endpoints
from idp.endpoints.desk import DESK_PAGES
from idp.endpoints.device import page as device
from idp.endpoints.device.authorization import device_authorization_endpoint
from idp.endpoints.discovery import prepared_answers, prepared_endpoint
from idp.endpoints.end_session import LOGOUT_PAGES
from idp.endpoints.health import live_endpoint, ready_endpoint
from idp.endpoints.help import HELP_PAGES
from idp.endpoints.introspection import introspection_endpoint
from idp.endpoints.pushed_authorization import pushed_authorization_endpoint
from idp.endpoints.revocation import revocation_endpoint
from idp.endpoints.token.endpoint import token_endpoint
from idp.endpoints.userinfo import userinfo_endpoint
from idp.interaction import routes as interaction
from idp.logout.back_channel import BackChannel
from idp.settings import Settings
from idp.web.cookies import LANGUAGE, Cookies
from idp.web.dispatch import Plain, fixed_paths_first
from idp.web.forms import BadForm
from idp.web.language import LanguageSwitch
from idp.web.middleware.client_certificate import CertificateHeaders
from idp.web.middleware.prepared import Prepared
from idp.web.middleware.problems import RenderProblem, problem
from idp.web.middleware.stack import Edge
from idp.web.pages import STATIC, Pages
from idp.web.plain import ROUTE_KEY, ASGIApp, Receive, Scope, Send, request_id_of
from idp.wiring import Wiring

_STATIC_PATH = "/static"

# Whatever people see, page by page. The hot path is mounted apart, as plain ASGI.
ROUTERS = (
    authorize,
    interaction,
    email_link,
    recovery_link,
    security,
    otp,
    recovery_codes,
    confirm,
    password,
    phone,
    requests,
    device,
    request_answered,
    lost_otp,
    objection,
    captcha,
    site,
)


def build_app(wiring: Wiring, *, background: bool = True) -> FastAPI:
    """The provider as one ASGI application. `background` False: a test drives the outbox itself."""
    settings = wiring.settings
    wiring.outbox.serve(BackChannel(wiring))
    pages = Pages(settings, wiring.localization)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await wiring.start(background=background)
        pages.compile_common()
        chores = [asyncio.create_task(chore) for chore in _chores(wiring)] if background else []
        yield
        for chore in chores:
            chore.cancel()
        for chore in chores:
            with contextlib.suppress(asyncio.CancelledError):
                await chore
        await wiring.close()

    def render_problem(scope: Scope, status: int) -> Response:
        request = Request(scope)
        chosen = Cookies(settings.has_tls).read(request, LANGUAGE)
        return pages.html(
            "problem.html",
            locale=wiring.localization.negotiate(chosen, request.headers.get("accept-language")),
            status=status,
            http_status=status,
            path=scope["path"],
            request_id=request_id_of(scope),
        )

    def switch_language(app: ASGIApp) -> ASGIApp:
        return LanguageSwitch(app, localization=wiring.localization, cookies=Cookies(settings.has_tls))

    app = Provider(
        title=settings.brand,
        openapi_url=None,  # WE-16: descriptions are documentation, not an endpoint
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # to look for a collector takes 5 µs a request
        middleware=[Middleware(switch_language)],
        exception_handlers={
            404: _problem_of(404, render_problem),
            405: _problem_of(405, render_problem),
            BadForm: _problem_of(400, render_problem),
        },
    )
    app.state.wiring = wiring
    app.state.pages = pages
    prepared = prepared_answers(wiring)
    _mount_plain_endpoints(app, wiring, prepared)
    routers = _routers_of_pages(settings)
    for router in routers:
        app.include_router(router)
    app.mount(_STATIC_PATH, CachedStaticFiles(directory=STATIC))
    app.middleware_stack = edge = Edge(
        fixed_paths_first(
            # Its outermost layer answers failures in its own words and raises them again: the edge does that better.
            app.build_middleware_stack().app,  # type: ignore[attr-defined]
            plain=app.router.routes,
            pages=[route for router in routers for route in router.routes],
            around_pages=switch_language,
            handlers=app.exception_handlers,
        ),
        issuer=settings.issuer,
        mtls_url=settings.mtls_url,
        trusted_proxies=settings.trusted_proxies,
        certificate_headers=CertificateHeaders(
            settings.client_certificate_header, settings.client_certificate_verified_header
        ),
        render_problem=render_problem,
    )
    edge.prepare(prepared)
    app.state.answer_at_once = edge.answer_at_once  # for the server, which knows no routes
    return app


class Provider(FastAPI):
    """The application, which takes requests straight to its edge. FastAPI looks at each whether it wants telemetry."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self.middleware_stack is not None:
            scope["app"] = self
            await self.middleware_stack(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def _routers_of_pages(settings: Settings) -> list[APIRouter]:
    """In the order in which their routes are looked for."""
    pages_of = (
        *ROUTERS,
        *LOGOUT_PAGES,
        *HELP_PAGES,
        *DESK_PAGES,
        *((check_session,) if settings.session_management else ()),
        *((dev_inbox,) if settings.is_development else ()),
    )
    return [module.router for module in pages_of]


def _chores(wiring: Wiring) -> tuple[Coroutine[Any, Any, None], ...]:
    """What every process does beside answering: it claims rows, or takes turns with the others."""
    database, clock, office = wiring.database, wiring.clock, office_of(wiring.settings)
    return (
        prune_for_ever(database, clock),
        rotate_for_ever(database, wiring.master_keys, clock, wiring.settings),
        seal_for_ever(database, wiring.master_keys, clock),
        wiring.client_pings.run(),
        carry_out_held_for_ever(database, wiring.master_keys, office=office, clock=clock),
    )


def _mount_plain_endpoints(app: FastAPI, wiring: Wiring, prepared: Prepared) -> None:
    """The hot path: plain ASGI, matched before everything else."""
    for path, endpoint in (
        ("/token", token_endpoint(wiring)),
        ("/introspect", introspection_endpoint(wiring)),
        ("/userinfo", userinfo_endpoint(wiring)),
        ("/revoke", revocation_endpoint(wiring)),
        ("/par", pushed_authorization_endpoint(wiring)),
        ("/device_authorization", device_authorization_endpoint(wiring)),
        ("/bc-authorize", backchannel_authentication_endpoint(wiring)),
        (SERVICES_PATH, services_endpoint(wiring)),
        (CLIENT_LOGO_PATH, client_logo_endpoint(wiring)),
        *client_registration_endpoints(wiring),
        *((path, prepared_endpoint(make)) for path, make in prepared.items()),
        ("/live", live_endpoint()),
        ("/ready", ready_endpoint(wiring)),
    ):
        app.router.routes.append(Route(path, Plain(path, endpoint)))


def _problem_of(status: int, render: RenderProblem) -> Callable[[Request, Exception], Coroutine[Any, Any, Response]]:
    async def handler(request: Request, error: Exception) -> Response:
        headers = dict(getattr(error, "headers", None) or {})
        return AsgiResponse(problem(request.scope, status, render, headers))

    return handler


class AsgiResponse(Response):
    """An ASGI application in the clothes of a response."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__()
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


class CachedStaticFiles(StaticFiles):
    """Addresses carry a digest of the content, so browsers may keep them for a year.

    Files are small and sent whole, as RFC 9110 §14.2 allows: a thousand ranges of one would be a thousand files.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[ROUTE_KEY] = _STATIC_PATH
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"range"]
        await super().__call__(scope, receive, send)

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["Accept-Ranges"] = "none"
        return response
