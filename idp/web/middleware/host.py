"""Answers only to the issuer's own host name. Every absolute URL comes from the configuration, never from `Host`.

Under a second name, where clients show certificates (RFC 8705 §5), there are the endpoints for clients and no page.
"""

from urllib.parse import urlsplit

from idp.web.middleware.problems import RenderProblem, problem
from idp.web.plain import ASGIApp, Receive, Scope, Send

_DEFAULT_PORTS = {"http": 80, "https": 443}
_EXEMPT_PATHS = frozenset({"/live", "/ready"})  # a load balancer asks by address


# What clients call themselves: `mtls_endpoint_aliases` names those of them that there are.
MTLS_PATHS = frozenset(
    {"/token", "/introspect", "/revoke", "/userinfo", "/par", "/device_authorization", "/bc-authorize"}
)


def issuer_hosts(issuer: str) -> frozenset[bytes]:
    """Every spelling of the issuer's authority that a browser sends."""
    parts = urlsplit(issuer)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    port = parts.port or _DEFAULT_PORTS[parts.scheme]
    spellings = {f"{host}:{port}"}
    if port == _DEFAULT_PORTS[parts.scheme]:
        spellings.add(host)
    return frozenset(spelling.lower().encode("ascii") for spelling in spellings)


def with_host_check(app: ASGIApp, issuer: str, render_problem: RenderProblem | None, *, mtls_url: str = "") -> ASGIApp:
    """RFC 9110 §15.5.20: 421 for a host that is not ours."""
    hosts = issuer_hosts(issuer)
    mtls_hosts = hosts | issuer_hosts(mtls_url) if mtls_url else hosts

    async def checked(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in _EXEMPT_PATHS:
            presented = [value.lower() for name, value in scope["headers"] if name == b"host"]
            ours = mtls_hosts if scope["path"] in MTLS_PATHS else hosts
            if len(presented) != 1 or presented[0] not in ours:
                return await problem(scope, 421, render_problem)(scope, receive, send)
        return await app(scope, receive, send)

    return checked
