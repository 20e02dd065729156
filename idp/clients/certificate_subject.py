"""Whose certificate a client shows with `tls_client_auth`: exactly one name (RFC 8705 §2.1.2)."""

from dataclasses import dataclass
from ipaddress import ip_address

from idp.clients.members import InvalidClientMetadata, MemberReader
from idp.protocol.client_certificate import ClientCertificate, has_alternative_name, has_subject, parse_subject

_PREFIX = "tls_client_auth_"
_SUBJECT = "subject_dn"
_KINDS = (_SUBJECT, "san_dns", "san_uri", "san_ip", "san_email")


@dataclass(frozen=True, slots=True)
class CertificateSubject:
    """`kind` is the member's name without its prefix."""

    kind: str
    value: str

    def is_of(self, presented: ClientCertificate) -> bool:
        if self.kind == _SUBJECT:
            return has_subject(presented, parse_subject(self.value))
        return has_alternative_name(presented, self.kind.removeprefix("san_"), self.value)


def read_certificate_subject(read: MemberReader) -> CertificateSubject | None:
    """Raises `InvalidClientMetadata` for two names, and for one that no certificate could have."""
    given = [CertificateSubject(kind, value) for kind in _KINDS if (value := read.text(_PREFIX + kind)) is not None]
    if len(given) > 1:
        raise InvalidClientMetadata(_PREFIX + given[1].kind, f"cannot stand beside {_PREFIX}{given[0].kind}")
    for subject in given:
        try:
            if subject.kind == _SUBJECT:
                parse_subject(subject.value)
            elif subject.kind == "san_ip":
                ip_address(subject.value)
        except ValueError:
            kind = "an address" if subject.kind == "san_ip" else "a distinguished name as in RFC 4514: CN=app,O=Company"
            raise InvalidClientMetadata(_PREFIX + subject.kind, f"must be {kind}") from None
    return given[0] if given else None
