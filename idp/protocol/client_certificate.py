"""The certificate of a client's TLS connection (RFC 8705), as a proxy passes it on: read, and compared.

Its chain and its dates are the business of whoever ended the TLS connection: nothing is verified here.
"""

import base64
import binascii
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from idp.sealing import base64url

_MOST_CHARACTERS = 16 * 1024
# As OpenSSL and nginx write it; RFC 4514 §3 has no short name for it.
_OTHER_NAMES = {"emailAddress": NameOID.EMAIL_ADDRESS}
_PEM_BEGINS = "-----BEGIN CERTIFICATE-----"


class CertificateUnreadable(ValueError):
    """Not one certificate, in one of the two spellings."""


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """A certificate whose holder has proven its key in the TLS handshake."""

    certificate: x509.Certificate

    @property
    def thumbprint(self) -> str:
        """RFC 8705 §3.1: `x5t#S256`."""
        return base64url(self.certificate.fingerprint(SHA256()))

    @property
    def public_key(self) -> bytes:
        """In DER, so that it can be compared."""
        return self.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def read_certificate(value: str) -> ClientCertificate:
    """From a header: `:base64 of DER:` (RFC 9440 §2.1), or PEM in percent-encoding (nginx: `$ssl_client_escaped_cert`).

    Raises `CertificateUnreadable`.
    """
    if len(value) > _MOST_CHARACTERS or not value.isascii():
        raise CertificateUnreadable
    try:
        if value.startswith(":"):
            return certificate_of_base64(value.removeprefix(":").removesuffix(":"))
        pem = unquote(value)
        if not pem.startswith(_PEM_BEGINS) or pem.count(_PEM_BEGINS) != 1:
            raise CertificateUnreadable
        return _checked(x509.load_pem_x509_certificate(pem.encode()))
    except ValueError as error:
        raise CertificateUnreadable from error


def certificate_of_base64(text: str) -> ClientCertificate:
    """DER in base64, as in a byte sequence and in `x5c` (RFC 7515 §4.1.6). Raises `CertificateUnreadable`."""
    try:
        return _checked(x509.load_der_x509_certificate(base64.b64decode(text, validate=True)))
    except (ValueError, binascii.Error) as error:
        raise CertificateUnreadable from error


def _checked(certificate: x509.Certificate) -> ClientCertificate:
    """What the parser puts off until it is asked for, it shall refuse now."""
    try:
        certificate.public_key()
        certificate.subject.rfc4514_string()
        _ = certificate.extensions
    except Exception as error:  # the parser has many ways to say that a certificate is broken
        raise CertificateUnreadable from error
    return ClientCertificate(certificate)


def parse_subject(text: str) -> x509.Name:
    """A distinguished name in the spelling of RFC 4514; raises `ValueError`."""
    name = x509.Name.from_rfc4514_string(text, _OTHER_NAMES)
    if not list(name):
        raise ValueError("empty")
    return name


def has_subject(presented: ClientCertificate, name: x509.Name) -> bool:
    """RFC 8705 §2.1.2: attribute by attribute, in order, whatever the spelling."""
    return presented.certificate.subject == name


def has_alternative_name(presented: ClientCertificate, kind: str, value: str) -> bool:
    """Whether one of the subject alternative names of this kind (dns, uri, ip, email) is the value, and no pattern."""
    try:
        names = presented.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    match kind:
        case "dns":
            return value.lower() in {name.lower() for name in names.get_values_for_type(x509.DNSName)}
        case "uri":
            return value in names.get_values_for_type(x509.UniformResourceIdentifier)
        case "email":
            return value in names.get_values_for_type(x509.RFC822Name)
        case _:
            return ip_address(value) in names.get_values_for_type(x509.IPAddress)
