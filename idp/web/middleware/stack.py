"""The order of the edge, written out once."""

from asyncio import get_running_loop
from collections.abc import Sequence

from structlog.contextvars import bind_contextvars, reset_contextvars

from idp.metrics import count_request
from idp.sealing import new_id
from idp.web.middleware.access_log import note_request
from idp.web.middleware.client_certificate import NO_CERTIFICATES, CertificateHeaders, take_certificate
from idp.web.middleware.counting import template_of
from idp.web.middleware.exchange import Exchange
from idp.web.middleware.failures import reported_status
from idp.web.middleware.forwarded import parse_networks, resolve
from idp.web.middleware.host import HostCheck
from idp.web.middleware.limits import headers_of_refusal, refused_status
from idp.web.middleware.problems import RenderProblem, problem
from idp.web.middleware.security_headers import SecurityHeaders
from idp.web.plain import REQUEST_ID_KEY, ASGIApp, ClientDisconnected, Receive, Scope, Send


def edge(
    app: ASGIApp,
    *,
    issuer: str,
    mtls_url: str = "",
    trusted_proxies: Sequence[str] = (),
    certificate_headers: CertificateHeaders = NO_CERTIFICATES,
    render_problem: RenderProblem | None = None,
) -> ASGIApp:
    """`app` with everything around it."""
    networks = parse_networks(trusted_proxies)
    hosts = HostCheck(issuer, mtls_url)
    headers = SecurityHeaders(has_tls=issuer.startswith("https:"))

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)
        # None is accepted from outside: a caller could choose one that hides its request among others.
        request_id = scope[REQUEST_ID_KEY] = new_id()
        bound = bind_contextvars(request_id=request_id)
        take_certificate(scope, networks, certificate_headers)
        resolve(scope, networks)
        exchange = Exchange(receive, send, headers, request_id)
        loop = get_running_loop()
        started = loop.time()
        try:
            status = refused_status(scope) or hosts.refused_status(scope) or await _run(app, scope, exchange)
            if status is not None:
                own = problem(scope, status, render_problem, headers_of_refusal(status))
                await own(scope, receive, exchange.send_own)
        finally:
            seconds = loop.time() - started
            note_request(scope, exchange.status, seconds, request_id)
            count_request(template_of(scope), exchange.status, seconds)
            reset_contextvars(**bound)

    return guarded


async def _run(app: ASGIApp, scope: Scope, exchange: Exchange) -> int | None:
    """The status to answer with in place of an application that has not; what failed later ends the connection."""
    try:
        await app(scope, exchange.receive, exchange.send)
    except Exception as error:
        if exchange.too_large and not exchange.status:
            return 413
        if isinstance(error, ClientDisconnected):
            return None
        status = reported_status(error)
        if exchange.status:
            raise
        return status
    return 413 if exchange.too_large and not exchange.status else None
