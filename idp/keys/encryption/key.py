"""One encryption key: its row, its public form, and how its private part is sealed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from joserfc.jwk import ECKey, Key, import_key

from idp.protocol.request_encryption import KEY_ALGORITHM
from idp.sealing import MasterKeys

_SEAL_PURPOSE = "encryption-key"
_PUBLIC_MEMBERS = ("kty", "crv", "x", "y")


class EncryptionKeyState(StrEnum):
    CURRENT = "current"
    PREVIOUS = "previous"


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """A row of `encryption_keys`. `decrypts_until` of a previous key."""

    kid: str
    state: EncryptionKeyState
    public_jwk: Mapping[str, Any]
    sealed_private_key: bytes
    created_at: int
    decrypts_until: int | None = None

    def open_private_key(self, master_keys: MasterKeys) -> Key:
        """Raises `idp.sealing.SealBroken` under a foreign master key."""
        return import_key(
            json.loads(master_keys.open(self.sealed_private_key, purpose=_SEAL_PURPOSE, context=self.kid))
        )


def new_encryption_key(master_keys: MasterKeys, *, now: int) -> EncryptionKey:
    """A fresh current key, not stored yet."""
    key = ECKey.generate_key("P-256", private=True)
    kid = key.thumbprint()  # RFC 7638
    material = key.as_dict(private=False)
    public_jwk = {name: material[name] for name in _PUBLIC_MEMBERS}
    private_jwk = json.dumps(key.as_dict(private=True)).encode()
    return EncryptionKey(
        kid=kid,
        state=EncryptionKeyState.CURRENT,
        public_jwk={**public_jwk, "kid": kid, "use": "enc", "alg": KEY_ALGORITHM},
        sealed_private_key=master_keys.seal(private_jwk, purpose=_SEAL_PURPOSE, context=kid),
        created_at=now,
    )
