"""The certificate of the TLS connection behind a request, if there is one that a trusted proxy speaks for."""

from dataclasses import dataclass

import structlog

from idp.protocol.client_certificate import CertificateUnreadable, ClientCertificate, read_certificate
from idp.web.middleware.client_certificate import CERTIFICATE_KEY, VERIFIED_KEY
from idp.web.plain import PlainRequest

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Presented:
    """`is_verified`: the proxy says that a certificate authority of its own stands behind it."""

    certificate: ClientCertificate
    is_verified: bool


def presented_certificate(request: PlainRequest) -> Presented | None:
    """One that cannot be read is none."""
    value = request.scope.get(CERTIFICATE_KEY)
    if value is None:
        return None
    try:
        return Presented(read_certificate(value), request.scope[VERIFIED_KEY])
    except CertificateUnreadable:
        log.info("client_certificate_unreadable", request_id=request.request_id)
        return None
