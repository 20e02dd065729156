"""Certificates of clients, and how a proxy passes them on (RFC 9440, nginx)."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc.jwk import ECKey

from idp.protocol.client_certificate import ClientCertificate

CERTIFICATE_HEADER = "client-cert"
VERIFIED_HEADER = "x-client-verify"
_FROM, _UNTIL = datetime(2025, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC)
PROXY = "192.0.2.1"  # where requests of tests come from
SETTINGS: dict[str, Any] = {
    "trusted_proxies": (PROXY,),
    "client_certificate_header": "Client-Cert",
    "client_certificate_verified_header": "X-Client-Verify",
}


@dataclass(frozen=True, slots=True)
class Identity:
    """A self-signed certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def thumbprint(self) -> str:
        return ClientCertificate(self.certificate).thumbprint

    @property
    def base64(self) -> str:
        return base64.b64encode(self.certificate.public_bytes(Encoding.DER)).decode()

    @property
    def escaped_pem(self) -> str:
        return quote(self.certificate.public_bytes(Encoding.PEM).decode())

    @property
    def jwk(self) -> dict[str, Any]:
        return {**ECKey.import_key(self.key).as_dict(private=False), "x5c": [self.base64]}

    def header(self) -> tuple[str, str]:
        """The connection's certificate, in the words of the proxy."""
        return CERTIFICATE_HEADER, f":{self.base64}:"


VERIFIED = (VERIFIED_HEADER, "SUCCESS")


def new_identity(subject: str = "CN=robot.example,O=Wedos,C=CZ", *names: x509.GeneralName) -> Identity:
    """`names` are subject alternative names. Its dates are the proxy's business."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name.from_rfc4514_string(subject)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(_FROM).not_valid_after(_UNTIL)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Identity(builder.sign(key, SHA256()), key)
