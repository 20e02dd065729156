"""The keys of this process, in memory: what it signs with, what it verifies with, and what it publishes.

Loaded at start and again whenever the topic `keys` of `idp.database.changes` moves; one assignment swaps all of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.keys import store
from idp.keys.direct import direct_signature
from idp.keys.own_key import OwnKey
from idp.keys.seen_tokens import SeenTokens
from idp.keys.signing_key import KeyState, SigningKey
from idp.keys.signing_turn import SigningTurn
from idp.sealing import MasterKeys


class NoSigningKey(Exception):
    """There is no current key for the algorithm: `ensure_keys` was never run, or the ring was never loaded."""


@dataclass(frozen=True, slots=True)
class _Keys:
    signing: Mapping[str, OwnKey] = field(default_factory=dict)
    verifying: Mapping[str, OwnKey] = field(default_factory=dict)
    jwks: Sequence[Mapping[str, Any]] = ()


class KeyRing:
    """Signs and verifies nothing itself: see `sign` and `verify`."""

    def __init__(self, master_keys: MasterKeys) -> None:
        self._master_keys = master_keys
        self._keys = _Keys()
        self.seen = SeenTokens()
        self.turn = SigningTurn()

    async def load(self, db: AsyncConnection) -> None:
        """Reads all published keys; raises `SealBroken` when the master key is not the one that sealed them."""
        self.hold(await store.list_published(db))

    def hold(self, published: Sequence[SigningKey]) -> None:
        """Takes these keys in place of all before; raises `SealBroken`."""
        current = [row for row in published if row.state is KeyState.CURRENT]
        self._keys = _Keys(
            signing={row.alg: self._signing_key(row) for row in current},
            verifying={row.kid: OwnKey(row.kid, row.alg, row.public_key()) for row in published},
            jwks=[dict(row.public_jwk) for row in published],
        )

    def _signing_key(self, row: SigningKey) -> OwnKey:
        key = row.open_private_key(self._master_keys)
        return OwnKey(row.kid, row.alg, key, direct_signature(row.alg, key))

    def signing_key(self, alg: str) -> OwnKey:
        """The current private key of `alg`; raises `NoSigningKey`."""
        try:
            return self._keys.signing[alg]
        except KeyError:
            raise NoSigningKey(alg) from None

    def find_verifying_key(self, kid: str) -> OwnKey | None:
        """The published key of that name: a look-up in memory, whatever the name holds."""
        return self._keys.verifying.get(kid)

    def jwks(self) -> Sequence[Mapping[str, Any]]:
        """The public keys (RFC 7517 §5), the same object until there are others."""
        return self._keys.jwks
