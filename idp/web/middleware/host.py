"""Answers only to the issuer's own host name. Every absolute URL comes from the configuration, never from `Host`.

Under a second name, where clients show certificates (RFC 8705 §5), there are the endpoints for clients and no page.
"""

from urllib.parse import urlsplit

from idp.web.plain import Scope

_DEFAULT_PORTS = {"http": 80, "https": 443}
EXEMPT_PATHS = frozenset({"/live", "/ready"})  # a load balancer asks by address

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


class HostCheck:
    """RFC 9110 §15.5.20: 421 for a host that is not ours."""

    def __init__(self, issuer: str, mtls_url: str) -> None:
        self._hosts = issuer_hosts(issuer)
        self._mtls_hosts = self._hosts | issuer_hosts(mtls_url) if mtls_url else self._hosts

    def refused_status(self, scope: Scope) -> int | None:
        """Whether the request names one host, and that is ours."""
        path = scope["path"]
        presented = [value for name, value in scope["headers"] if name == b"host"]
        ours = self._mtls_hosts if path in MTLS_PATHS else self._hosts
        if len(presented) == 1 and presented[0].lower() in ours:
            return None
        return None if path in EXEMPT_PATHS else 421
