"""Which software a client is an installation of (RFC 7591 §2): kept, shown to operators, never decided by."""

from dataclasses import dataclass

from idp.clients.members import MemberReader


@dataclass(frozen=True, slots=True)
class Software:
    """What its developer says of it."""

    software_id: str | None = None
    software_version: str | None = None


def read_software(read: MemberReader) -> Software:
    """Raises `InvalidClientMetadata`."""
    return Software(read.text("software_id"), read.text("software_version"))
