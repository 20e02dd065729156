"""The order of the edge, written out once."""

from collections.abc import Sequence
from contextvars import ContextVar
from time import monotonic

from structlog.contextvars import STRUCTLOG_KEY_PREFIX

from idp.metrics import count_request
from idp.sealing import new_id
from idp.web.middleware.access_log import note_request
from idp.web.middleware.client_certificate import NO_CERTIFICATES, CertificateHeaders, take_certificate
from idp.web.middleware.counting import template_of
from idp.web.middleware.exchange import Exchange
from idp.web.middleware.failures import reported_status
from idp.web.middleware.forwarded import came_without_tls, parse_networks, resolve
from idp.web.middleware.host import EXEMPT_PATHS, HostCheck
from idp.web.middleware.limits import headers_of_refusal, refused_status
from idp.web.middleware.plain_http import moved
from idp.web.middleware.prepared import Prepared, PreparedAnswers
from idp.web.middleware.problems import RenderProblem, problem
from idp.web.middleware.security_headers import SecurityHeaders
from idp.web.plain import (
    REQUEST_ID_KEY,
    ROUTE_KEY,
    SEND_WHOLE_KEY,
    ASGIApp,
    ClientDisconnected,
    Receive,
    Scope,
    Send,
)

# structlog shows each variable of this prefix in every line; its own functions for that take 1 µs more.
_logged_request_id: ContextVar[str] = ContextVar(f"{STRUCTLOG_KEY_PREFIX}request_id")


class Edge:
    """`app` with everything around it."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        issuer: str,
        mtls_url: str = "",
        trusted_proxies: Sequence[str] = (),
        certificate_headers: CertificateHeaders = NO_CERTIFICATES,
        render_problem: RenderProblem | None = None,
    ) -> None:
        self._app = app
        self._networks = parse_networks(trusted_proxies)
        self._certificate_headers = certificate_headers
        self._hosts = HostCheck(issuer, mtls_url)
        self._issuer = issuer
        self._has_tls = issuer.startswith("https:")
        self._headers = SecurityHeaders(has_tls=self._has_tls)
        self._headers_in_the_clear = SecurityHeaders(has_tls=False)  # RFC 6797 §7.2: no HSTS there
        self._render_problem = render_problem
        self._prepared = PreparedAnswers({}, self._headers)

    def prepare(self, answers: Prepared) -> None:
        """What `answer_at_once` may answer with."""
        self._prepared = PreparedAnswers(answers, self._headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        # None is accepted from outside: a caller could choose one that hides its request among others.
        request_id = scope[REQUEST_ID_KEY] = new_id()
        bound = _logged_request_id.set(request_id)
        is_in_the_clear = self._is_in_the_clear(scope)
        self._look_behind_proxies(scope)
        exchange = Exchange(scope, receive, send, self._headers_in_the_clear if is_in_the_clear else self._headers)
        started = monotonic()
        try:
            own = self._refusal(scope, is_in_the_clear=is_in_the_clear)
            if own is None:
                own = self._problem(scope, await _run(self._app, scope, exchange))
            if own is not None:
                await own(scope, receive, exchange.send_own)
        finally:
            _note(scope, exchange.status, monotonic() - started, request_id)
            _logged_request_id.reset(bound)

    def answer_at_once(self, scope: Scope) -> bool:
        """Sends what is prepared, as `__call__` would send it. False: nothing was done, and that has to.

        Neither a task nor a chain of functions is needed for it: the key set takes half the time.
        """
        found = self._prepared.find(scope["path"])
        if found is None or scope["method"] != "GET" or self._refused_status(scope) is not None:
            return False
        if self._is_in_the_clear(scope):
            return False
        started, request_id = monotonic(), new_id()
        answer, lines = found
        id_line = b"x-request-id: %b\r\n" % request_id.encode("ascii")
        if not scope[SEND_WHOLE_KEY](answer.status, lines + id_line, answer.body):
            return False
        if self._networks:
            self._look_behind_proxies(scope)  # for the log alone
        scope[ROUTE_KEY] = scope["path"]
        _note(scope, answer.status, monotonic() - started, request_id)
        return True

    def _look_behind_proxies(self, scope: Scope) -> None:
        take_certificate(scope, self._networks, self._certificate_headers)
        resolve(scope, self._networks)

    def _is_in_the_clear(self, scope: Scope) -> bool:
        """Health checks may be."""
        return self._has_tls and came_without_tls(scope, self._networks) and scope["path"] not in EXEMPT_PATHS

    def _refusal(self, scope: Scope, *, is_in_the_clear: bool) -> ASGIApp | None:
        """The answer to what the application is not asked about."""
        status = self._refused_status(scope)
        if status is None and is_in_the_clear:
            return moved(scope, self._issuer) or self._problem(scope, 400)
        return self._problem(scope, status)

    def _problem(self, scope: Scope, status: int | None) -> ASGIApp | None:
        if status is None:
            return None
        return problem(scope, status, self._render_problem, headers_of_refusal(status))

    def _refused_status(self, scope: Scope) -> int | None:
        return refused_status(scope) or self._hosts.refused_status(scope)


def _note(scope: Scope, status: int, seconds: float, request_id: str) -> None:
    note_request(scope, status, seconds, request_id)
    count_request(template_of(scope), status, seconds)


async def _run(app: ASGIApp, scope: Scope, exchange: Exchange) -> int | None:
    """The status to answer with in place of an application that has not; what failed later ends the connection."""
    try:
        await app(scope, exchange.receive, exchange)
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
