"""Takes the client's certificate from the proxy that ended the TLS connection, and from nobody else (RFC 9440 §4).

The headers are the configured ones. They are taken off every request, so that nothing further in can believe a
stranger's; a trusted proxy's value goes into the scope. The proxy has to replace what its own callers send.
"""

from dataclasses import dataclass

from idp.web.middleware.forwarded import Network, is_trusted_peer
from idp.web.plain import Scope

CERTIFICATE_KEY = "idp.client_certificate"  # the header's value, in the scope
VERIFIED_KEY = "idp.client_certificate_verified"  # whether the proxy has verified its chain

_SUCCESS = b"SUCCESS"  # nginx: $ssl_client_verify; Apache: SSL_CLIENT_VERIFY


@dataclass(frozen=True, slots=True)
class CertificateHeaders:
    """The names of the headers; an empty one is not used."""

    certificate: str = ""
    verified: str = ""

    @property
    def names(self) -> tuple[bytes, bytes]:
        """As they stand in a scope."""
        return self.certificate.lower().encode("ascii"), self.verified.lower().encode("ascii")


NO_CERTIFICATES = CertificateHeaders()


def take_certificate(scope: Scope, networks: tuple[Network, ...], headers: CertificateHeaders) -> None:
    """To be called before `forwarded.resolve`: the peer counts here, not the browser behind it."""
    if not headers.certificate:
        return
    certificate, verified = headers.names
    given = [pair for pair in scope["headers"] if pair[0] in {certificate, verified}]
    scope["headers"] = [pair for pair in scope["headers"] if pair[0] not in {certificate, verified}]
    if is_trusted_peer(scope, networks):
        values = [value for name, value in given if name == certificate]
        # A proxy that replaces its callers' header sends one.
        if len(values) == 1 and values[0]:
            scope[CERTIFICATE_KEY] = values[0].decode("latin-1")
            scope[VERIFIED_KEY] = [value for name, value in given if name == verified] == [_SUCCESS]
