"""One signing key: its row, its public form, and how its private part is sealed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from joserfc.jwk import Key, import_key

from idp.keys.algorithms import generate_key
from idp.sealing import MasterKeys

_SEAL_PURPOSE = "signing-key"
# RFC 7518 §6: every member of a public key that we make. What is not listed cannot be published.
_PUBLIC_MEMBERS = ("kty", "crv", "x", "y", "n", "e")


class KeyState(StrEnum):
    """next ──▶ current ──▶ previous ──▶ retired. All but the last are published."""

    NEXT = "next"
    CURRENT = "current"
    PREVIOUS = "previous"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A row of `signing_keys`."""

    kid: str
    alg: str
    state: KeyState
    public_jwk: Mapping[str, Any]
    sealed_private_key: bytes
    created_at: int
    signs_from: int | None = None
    published_until: int | None = None

    def open_private_key(self, master_keys: MasterKeys) -> Key:
        """The key that signs; raises `idp.sealing.SealBroken` under a foreign master key."""
        return import_key(
            json.loads(master_keys.open(self.sealed_private_key, purpose=_SEAL_PURPOSE, context=self.kid))
        )

    def public_key(self) -> Key:
        return import_key(dict(self.public_jwk))


def new_signing_key(alg: str, master_keys: MasterKeys, *, now: int) -> SigningKey:
    """A fresh key in state `next`, not stored yet."""
    key = generate_key(alg)
    kid = key.thumbprint()  # RFC 7638
    material = key.as_dict(private=False)
    public_jwk = {name: material[name] for name in _PUBLIC_MEMBERS if name in material}
    private_jwk = json.dumps(key.as_dict(private=True)).encode()
    return SigningKey(
        kid=kid,
        alg=alg,
        state=KeyState.NEXT,
        public_jwk={**public_jwk, "kid": kid, "use": "sig", "alg": alg},
        sealed_private_key=master_keys.seal(private_jwk, purpose=_SEAL_PURPOSE, context=kid),
        created_at=now,
    )
