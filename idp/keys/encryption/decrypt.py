"""Opens a JWE that was encrypted to us (RFC 7516): one algorithm, bounded in size, nothing unpacked."""

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry

from idp.keys.encryption.ring import EncryptionKeyRing
from idp.protocol.request_encryption import CONTENT_ALGORITHMS, KEY_ALGORITHM
from idp.protocol.strict_json import parse_object
from idp.sealing import base64url_decode

_MOST_BYTES = 24 * 1024  # the nested JWT may have 16 KiB
_PARTS = 5

# A header that names another algorithm, or `zip`, is refused by this registry before any key is touched.
_REGISTRY = JWERegistry(algorithms=[KEY_ALGORITHM, *CONTENT_ALGORITHMS])


class NotDecrypted(Exception):
    """No JWE, or not one for us. The reason is for the log."""


def is_encrypted(token: str) -> bool:
    """RFC 7516 §9: a compact JWE has five parts, a compact JWS three."""
    return token.count(".") == _PARTS - 1


def decrypt(ring: EncryptionKeyRing, token: str, *, enc: str | None, now: int) -> str:
    """The nested JWT, about which nothing is known yet; raises `NotDecrypted`. `enc` None: any that we know."""
    if len(token) > _MOST_BYTES or not token.isascii():
        raise NotDecrypted("size")
    try:
        header = parse_object(base64url_decode(token.partition(".")[0]))
    except (ValueError, TypeError) as error:
        raise NotDecrypted("header") from error
    if header.get("alg") != KEY_ALGORITHM or header.get("enc") not in ((enc,) if enc else CONTENT_ALGORITHMS):
        raise NotDecrypted("algorithm")
    if {"crit", "zip"} & header.keys() or not isinstance(header.get("kid"), str | None):
        raise NotDecrypted("header")
    key = ring.find(header.get("kid"), now=now)
    if key is None:
        raise NotDecrypted("key")
    try:
        plaintext = jwe.decrypt_compact(token.encode(), key, registry=_REGISTRY).plaintext or b""
        return plaintext.decode("ascii")
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotDecrypted("content") from error
