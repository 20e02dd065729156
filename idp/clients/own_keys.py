"""The keys with which a client signs: given by value, or by an address that is read when they are needed."""

from dataclasses import dataclass

from idp.clients.members import InvalidClientMetadata, MemberReader
from idp.protocol.key_sets import PublicKey, parse_key_set


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """RFC 7591 §2: `jwks` or `jwks_uri`, never both."""

    jwks: tuple[PublicKey, ...] = ()
    jwks_uri: str | None = None

    @property
    def exist(self) -> bool:
        return bool(self.jwks) or self.jwks_uri is not None


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
