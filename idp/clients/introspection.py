"""How a resource server wants the introspection of a token answered, where it asks for a JWT (RFC 9701 §6)."""

from dataclasses import dataclass

from idp.clients.encryption import read_encryption
from idp.clients.members import MemberReader
from idp.protocol.encrypted_to_client import Encryption

_DEFAULT = "RS256"  # RFC 9701 §6


@dataclass(frozen=True, slots=True)
class IntrospectionAnswer:
    signed_response_alg: str = _DEFAULT
    encryption: Encryption | None = None


def read_introspection_answer(read: MemberReader, algorithms: tuple[str, ...]) -> IntrospectionAnswer:
    """`algorithms` are those that we sign with. Raises `InvalidClientMetadata`."""
    return IntrospectionAnswer(
        signed_response_alg=read.choice("introspection_signed_response_alg", algorithms, _DEFAULT),
        encryption=read_encryption(read, "introspection"),
    )
