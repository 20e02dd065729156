"""Identifiers that differ from sector to sector: AES-SIV (RFC 5297) with the sector as associated data.

It is deterministic, so that a person stays the same for a sector; it opens again, so that what a client sends back is
known without a table; and without the key two of them cannot be told to be of one person.
"""

from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from idp.sealing import base64url, base64url_decode

KEY_BYTES = 64  # AES-256 twice: one half authenticates, the other encrypts


class IdKind(StrEnum):
    """What an identifier names. A `sub` never opens as a `sid`."""

    SUBJECT = "sub"
    SESSION = "sid"


class NoPairwiseKey(Exception):
    """The key was never made, or never loaded."""


class PairwiseIds:
    """One per process. The key stays in memory."""

    def __init__(self) -> None:
        self._cipher: AESSIV | None = None

    def hold(self, key: bytes | None) -> None:
        """Works with this key from now on; None: it was not made yet."""
        self._cipher = AESSIV(key) if key is not None else None

    def seal(self, own_id: str, *, kind: IdKind, sector: str) -> str:
        """The same for the same id, kind and sector; raises `NoPairwiseKey`."""
        return base64url(self._required().encrypt(own_id.encode(), _context(kind, sector)))

    def open(self, told: str, *, kind: IdKind, sector: str) -> str | None:
        """The inverse; None for what was not made for this sector. Raises `NoPairwiseKey`."""
        try:
            return self._required().decrypt(base64url_decode(told), _context(kind, sector)).decode()
        except (InvalidTag, ValueError):
            return None

    def _required(self) -> AESSIV:
        if self._cipher is None:
            raise NoPairwiseKey
        return self._cipher


def _context(kind: IdKind, sector: str) -> list[bytes]:
    return [kind.encode(), sector.encode()]
