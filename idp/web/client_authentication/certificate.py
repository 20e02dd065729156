"""`tls_client_auth` and `self_signed_tls_client_auth` (RFC 8705 §2): the certificate of the TLS connection.

The request itself only names the client; which of the two counts is what the client is registered for.
"""

from collections.abc import Mapping

import structlog

from idp.clients.client import Client
from idp.outbound.client import OutboundFailed
from idp.web.client_authentication.method import Credentials
from idp.web.plain import PlainRequest
from idp.wiring import Wiring

log = structlog.get_logger(__name__)


class _Certificate:
    def read(self, _request: PlainRequest, _form: Mapping[str, str]) -> Credentials | None:
        """Never used by being there: a client with a secret may have a certificate, too, to bind its tokens to."""
        return None


class TlsClientAuth(_Certificate):
    """RFC 8705 §2.1: a certificate authority vouches for the name, and the proxy has checked its word."""

    async def proves(self, credentials: Credentials, client: Client | None, _wiring: Wiring) -> bool:
        presented, subject = credentials.proof, client.certificate_subject if client else None
        if presented is None or subject is None:
            return False
        return bool(presented.is_verified) and subject.is_of(presented.certificate)


class SelfSignedTlsClientAuth(_Certificate):
    """RFC 8705 §2.2: the certificate stands in the client's own key set, as `x5c`."""

    async def proves(self, credentials: Credentials, client: Client | None, wiring: Wiring) -> bool:
        presented = credentials.proof
        if presented is None or client is None:
            return False
        try:
            return await wiring.client_keys.has_certificate(client, presented.certificate.thumbprint)
        except OutboundFailed as error:
            log.info("client_certificate_refused", client_id=client.client_id, reason=str(error))
            return False
