"""How a client wants UserInfo answered (OIDC Registration §2): JSON unless it asks for a JWT."""

from dataclasses import dataclass

from idp.clients.encryption import read_encryption
from idp.clients.members import MemberReader
from idp.protocol.encrypted_to_client import Encryption


@dataclass(frozen=True, slots=True)
class UserInfoAnswer:
    """`signed_response_alg` None: not signed. What is encrypted without a signature is plain JSON inside."""

    signed_response_alg: str | None = None
    encryption: Encryption | None = None


def read_userinfo_answer(read: MemberReader, algorithms: tuple[str, ...]) -> UserInfoAnswer:
    """`algorithms` are those that we sign with. Raises `InvalidClientMetadata`."""
    return UserInfoAnswer(
        signed_response_alg=read.choice("userinfo_signed_response_alg", algorithms, "") or None,
        encryption=read_encryption(read, "userinfo"),
    )
