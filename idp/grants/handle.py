"""Codes and refresh tokens as handles: key id, grant id, generation, HMAC-SHA-256 over kind, epoch and all of it.

A handle is a pure function of its grant and generation. Raising the credential epoch, after a backup was restored,
kills every handle at once, so that spent tokens stay spent (CF-13).
"""

import hmac
from dataclasses import dataclass
from enum import StrEnum

from idp.sealing import MasterKeys, SealBroken, base64url, base64url_decode

_KEY_ID_BYTES, _GRANT_BYTES, _GENERATION_BYTES, _MAC_BYTES = 2, 16, 4, 32
_BODY_BYTES = _KEY_ID_BYTES + _GRANT_BYTES + _GENERATION_BYTES
_HANDLE_CHARACTERS = 72


class HandleKind(StrEnum):
    """Under the MAC: a code is never taken for a refresh token, nor the other way round (TK-09)."""

    CODE = "code"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - a kind's name


@dataclass(frozen=True, slots=True)
class Handle:
    grant_id: str
    generation: int


class Handles:
    """Mints and opens handles of one installation at one credential epoch."""

    def __init__(self, master_keys: MasterKeys, *, epoch: int) -> None:
        self._keys = master_keys
        self._epoch = epoch.to_bytes(4)

    def mint(self, kind: HandleKind, grant_id: str, *, generation: int) -> str:
        """72 characters of the URL alphabet."""
        body = self._keys.current_id + base64url_decode(grant_id) + generation.to_bytes(_GENERATION_BYTES)
        return base64url(body + self._mac(kind, body))

    def open(self, kind: HandleKind, text: str) -> Handle | None:
        """What the handle names, or None for anything that this installation did not mint for this kind."""
        if len(text) != _HANDLE_CHARACTERS:
            return None
        try:
            raw = base64url_decode(text)
            body, mac = raw[:_BODY_BYTES], raw[_BODY_BYTES:]
            if not hmac.compare_digest(mac, self._mac(kind, body)):
                return None
        except (ValueError, SealBroken):
            return None
        grant = body[_KEY_ID_BYTES : _KEY_ID_BYTES + _GRANT_BYTES]
        return Handle(base64url(grant), int.from_bytes(body[-_GENERATION_BYTES:]))

    def _mac(self, kind: HandleKind, body: bytes) -> bytes:
        message = b"\0".join((kind.value.encode(), self._epoch, body))
        return self._keys.mac(message, purpose="grant-handle", key_id=body[:_KEY_ID_BYTES])
