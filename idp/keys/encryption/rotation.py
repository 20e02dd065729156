"""Makes encryption keys and replaces them. Other processes hear of each change through `announce`."""

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.database.changes import announce
from idp.database.engine import Database
from idp.keys.encryption import store
from idp.keys.encryption.key import EncryptionKey, EncryptionKeyState, new_encryption_key
from idp.sealing import MasterKeys

_TOPIC = "keys"
# Longer than anybody caches the key set.
_STILL_DECRYPTS_SECONDS = 24 * 3600


async def ensure_encryption_key(database: Database, master_keys: MasterKeys, *, now: int) -> EncryptionKey | None:
    """Makes the current key where there is none; of several processes that start at once, one does."""
    async with database.reading() as db:
        if _has_current(await store.list_keys(db)):
            return None
    async with database.writing() as db:
        await announce(db, _TOPIC)  # also the lock: the counter's row admits one writer at a time
        if _has_current(await store.list_keys(db)):
            return None
        key = new_encryption_key(master_keys, now=now)
        await store.insert(db, key)
    return key


async def rotate_encryption_key(db: AsyncConnection, master_keys: MasterKeys, *, now: int) -> EncryptionKey:
    """The new current key; the one before still decrypts for a day, and those before it are gone."""
    await announce(db, _TOPIC)
    key = new_encryption_key(master_keys, now=now)
    await store.insert(db, key)
    await store.supersede(db, successor=key.kid, decrypts_until=now + _STILL_DECRYPTS_SECONDS)
    await store.delete_outlived(db, now=now)
    return key


def _has_current(keys: list[EncryptionKey]) -> bool:
    return any(key.state is EncryptionKeyState.CURRENT for key in keys)
