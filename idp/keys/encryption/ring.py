"""The encryption keys of this process, in memory: what it decrypts with, and what it publishes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from joserfc.jwk import Key
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.keys.encryption import store
from idp.keys.encryption.key import EncryptionKey, EncryptionKeyState
from idp.sealing import MasterKeys


@dataclass(frozen=True, slots=True)
class _Keys:
    private: Mapping[str, tuple[Key, int | None]] = field(default_factory=dict)
    public: Sequence[Mapping[str, Any]] = ()


class EncryptionKeyRing:
    """Loaded whenever the topic `keys` of `idp.database.changes` moves; one assignment swaps all of it."""

    def __init__(self, master_keys: MasterKeys) -> None:
        self._master_keys = master_keys
        self._keys = _Keys()

    async def load(self, db: AsyncConnection) -> None:
        """Raises `SealBroken` when the master key is not the one that sealed them."""
        self.hold(await store.list_keys(db))

    def hold(self, keys: Sequence[EncryptionKey]) -> None:
        """Takes these keys in place of all before; raises `SealBroken`."""
        self._keys = _Keys(
            private={key.kid: (key.open_private_key(self._master_keys), key.decrypts_until) for key in keys},
            public=[dict(key.public_jwk) for key in keys if key.state is EncryptionKeyState.CURRENT],
        )

    def find(self, kid: str | None, *, now: int) -> Key | None:
        """The key of that name; without a name, the one that is published."""
        name = self._keys.public[0]["kid"] if kid is None and self._keys.public else kid
        key, until = self._keys.private.get(name or "", (None, None))
        return key if until is None or now < until else None

    def public_jwks(self) -> Sequence[Mapping[str, Any]]:
        """What a key set shows of them, the same object until there are others."""
        return self._keys.public
