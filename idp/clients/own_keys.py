"""The keys of a client, with which it signs and to which we encrypt: by value, or at an address that is read later."""

from dataclasses import dataclass

from idp.clients.members import InvalidClientMetadata, MemberReader
from idp.protocol.key_sets import PublicKey, can_verify, parse_key_set


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """RFC 7591 §2: `jwks` or `jwks_uri`, never both."""

    jwks: tuple[PublicKey, ...] = ()
    jwks_uri: str | None = None

    @property
    def exist(self) -> bool:
        """Whether the client can sign, as far as is known before its address is read."""
        return can_verify(self.jwks) or self.jwks_uri is not None


def read_own_keys(read: MemberReader) -> OwnKeys:
    """Raises `InvalidClientMetadata`."""
    jwks, jwks_uri = read.json_object("jwks"), read.text("jwks_uri")
    if jwks is not None and jwks_uri is not None:
        raise InvalidClientMetadata("jwks", "cannot stand beside jwks_uri")
    if jwks is None:
        return OwnKeys(jwks_uri=jwks_uri)
    try:
        return OwnKeys(jwks=parse_key_set(jwks))
    except ValueError as error:
        raise InvalidClientMetadata("jwks", str(error)) from None
