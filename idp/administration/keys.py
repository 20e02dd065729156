"""Signing keys as operators see and move them."""

from collections.abc import Sequence
from datetime import timedelta

from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.database.engine import Database
from idp.keys import store
from idp.keys.encryption.key import EncryptionKey
from idp.keys.encryption.rotation import rotate_encryption_key
from idp.keys.rotation import Rotation, complete_rotation, prepare_rotation
from idp.keys.signing_key import KeyState, SigningKey
from idp.protocol.request_encryption import KEY_ALGORITHM
from idp.sealing import MasterKeys
from idp.settings import Settings


async def list_signing_keys(database: Database, *, with_retired: bool = False) -> list[SigningKey]:
    """By algorithm, the oldest first."""
    async with database.reading() as db:
        keys = await store.list_keys(db)
    return [key for key in keys if with_retired or key.state is not KeyState.RETIRED]


def longest_token_lifetime(settings: Settings) -> int:
    """In seconds: so long a key stays published after it has signed for the last time."""
    return int(max(settings.access_token_lifetime, settings.id_token_lifetime).total_seconds())


def rotates_at(key: SigningKey, period: timedelta) -> int | None:
    """When the schedule lets its successor sign; None for a key that does not sign, or without a schedule."""
    if key.state is not KeyState.CURRENT or not period:
        return None
    return (key.signs_from or key.created_at) + int(period.total_seconds())


async def rotate_keys(
    database: Database,
    master_keys: MasterKeys,
    algorithms: Sequence[str],
    *,
    longest_token_lifetime: int,
    origin: Origin,
    force: bool = False,
) -> list[Rotation]:
    """Rotates every algorithm named, or none of them; raises `NextKeyTooYoung` unless `force`d."""
    prepared = [await prepare_rotation(database, master_keys, alg, now=origin.now, force=force) for alg in algorithms]
    rotations = []
    async with database.writing() as db:
        for each in prepared:
            rotation = await complete_rotation(db, each, now=origin.now, longest_token_lifetime=longest_token_lifetime)
            rotations.append(rotation)
            if rotation.rotated:
                details = {"alg": rotation.alg, "kid": rotation.current_kid[:12]}
                await record(db, Event.KEY_ROTATED, outcome="success", origin=origin, details=details)
    return rotations


async def replace_encryption_key(database: Database, master_keys: MasterKeys, *, origin: Origin) -> EncryptionKey:
    """The new key that clients encrypt to."""
    async with database.writing() as db:
        key = await rotate_encryption_key(db, master_keys, now=origin.now)
        details = {"alg": KEY_ALGORITHM, "kid": key.kid[:12]}
        await record(db, Event.KEY_ROTATED, outcome="success", origin=origin, details=details)
    return key
