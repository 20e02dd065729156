"""The order of the edge, written out once."""

from collections.abc import Sequence

from idp.web.middleware.access_log import with_access_log
from idp.web.middleware.client_certificate import NO_CERTIFICATES, CertificateHeaders, with_client_certificate
from idp.web.middleware.counting import with_counting
from idp.web.middleware.failures import with_failures
from idp.web.middleware.forwarded import with_forwarded
from idp.web.middleware.host import with_host_check
from idp.web.middleware.limits import with_limits
from idp.web.middleware.problems import RenderProblem
from idp.web.middleware.request_id import with_request_id
from idp.web.middleware.security_headers import with_security_headers
from idp.web.plain import ASGIApp


def edge(
    app: ASGIApp,
    *,
    issuer: str,
    mtls_url: str = "",
    trusted_proxies: Sequence[str] = (),
    certificate_headers: CertificateHeaders = NO_CERTIFICATES,
    render_problem: RenderProblem | None = None,
) -> ASGIApp:
    """`app` with everything around it. Give it to FastAPI as `Middleware(edge, issuer=…)`. Read from the bottom up."""
    app = with_host_check(app, issuer, render_problem, mtls_url=mtls_url)
    app = with_limits(app, render_problem)
    app = with_failures(app, render_problem)
    app = with_security_headers(app, has_tls=issuer.startswith("https:"))
    app = with_access_log(app)
    app = with_counting(app)
    app = with_forwarded(app, trusted_proxies)
    app = with_client_certificate(app, trusted_proxies, certificate_headers)
    return with_request_id(app)
