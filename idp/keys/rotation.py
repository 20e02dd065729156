"""Makes keys and moves them on, so that no relying party ever meets a signature it cannot check.

A next key is published before it signs, longer than a relying party may cache the key set; a previous key stays
published until the last token under it has expired. Other processes hear of each change through `announce`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.database.changes import announce
from idp.database.engine import Database
from idp.keys import store
from idp.keys.algorithms import ALGORITHMS
from idp.keys.signing_key import KeyState, SigningKey, new_signing_key
from idp.sealing import MasterKeys

# How long relying parties may cache the key set: the JWKS endpoint's Cache-Control max-age.
JWKS_MAX_AGE_SECONDS = 300
# Other processes poll for changes; until then they still serve the older set.
_SPREAD_SECONDS = 10

_TOPIC = "keys"


class NextKeyTooYoung(Exception):
    """A relying party may not know the next key yet. `ready_at` is when it may sign."""

    def __init__(self, alg: str, ready_at: int) -> None:
        super().__init__(f"the next {alg} key has not been published for long enough")
        self.alg = alg
        self.ready_at = ready_at


@dataclass(frozen=True, slots=True)
class Rotation:
    """What one rotation did. `rotated` is False when another process had just done it."""

    alg: str
    rotated: bool
    previous_kid: str | None
    current_kid: str
    next_kid: str | None


async def ensure_keys(
    database: Database, master_keys: MasterKeys, *, now: int, algorithms: Sequence[str] = ALGORITHMS
) -> list[SigningKey]:
    """Makes a current and a next key per algorithm where one is missing; returns what it made.

    Idempotent: of several processes that start at once, one wins and the others make nothing.
    """
    async with database.reading() as db:
        missing = _missing(await store.list_published(db), algorithms)
    if not missing:
        return []
    # Generation comes before the transaction: RSA takes a second, and nothing else may write meanwhile.
    made = [
        replace(
            await asyncio.to_thread(new_signing_key, alg, master_keys, now=now),
            state=state,
            signs_from=now if state is KeyState.CURRENT else None,
        )
        for alg, state in missing
    ]
    async with database.writing() as db:
        await announce(db, _TOPIC)  # also the lock: the counter's row admits one writer at a time
        still_missing = _missing(await store.list_published(db), algorithms)
        inserted = [key for key in made if (key.alg, key.state) in still_missing]
        for key in inserted:
            await store.insert(db, key)
    return inserted


@dataclass(frozen=True, slots=True)
class PreparedRotation:
    """The key that will sign, and a fresh one to follow it, made before the transaction."""

    successor: SigningKey
    fresh: SigningKey


async def prepare_rotation(
    database: Database, master_keys: MasterKeys, alg: str, *, now: int, force: bool = False
) -> PreparedRotation:
    """What `complete_rotation` needs; raises `NextKeyTooYoung` unless `force`d."""
    await ensure_keys(database, master_keys, now=now, algorithms=[alg])
    async with database.reading() as db:
        successor = _get(await store.list_published(db), alg, KeyState.NEXT)
    ready_at = successor.created_at + JWKS_MAX_AGE_SECONDS + _SPREAD_SECONDS
    if now < ready_at and not force:
        raise NextKeyTooYoung(alg, ready_at)
    return PreparedRotation(successor, await asyncio.to_thread(new_signing_key, alg, master_keys, now=now))


async def complete_rotation(
    db: AsyncConnection, prepared: PreparedRotation, *, now: int, longest_token_lifetime: int
) -> Rotation:
    """next → current, current → previous, and a fresh next key.

    `longest_token_lifetime` is in seconds: how long the old key stays published. 0 retires it, and every token that it
    signed, at once.
    """
    successor, fresh = prepared.successor, prepared.fresh
    await announce(db, _TOPIC)
    current = _find(await store.list_published(db), successor.alg, KeyState.CURRENT)
    # Whoever comes second finds that its successor is no next key any more, and changes nothing.
    if not await store.promote(db, successor.kid, now=now):
        kid = current.kid if current else successor.kid
        return Rotation(successor.alg, rotated=False, previous_kid=None, current_kid=kid, next_kid=None)
    await store.supersede(db, successor.alg, successor=successor.kid, published_until=now + longest_token_lifetime)
    await store.insert(db, fresh)
    await store.retire_expired(db, now=now)
    return Rotation(
        successor.alg,
        rotated=True,
        previous_kid=current.kid if current else None,
        current_kid=successor.kid,
        next_kid=fresh.kid,
    )


async def rotate(
    database: Database,
    master_keys: MasterKeys,
    alg: str,
    *,
    now: int,
    longest_token_lifetime: int,
    force: bool = False,
) -> Rotation:
    """Both steps; raises `NextKeyTooYoung` unless `force`d."""
    prepared = await prepare_rotation(database, master_keys, alg, now=now, force=force)
    async with database.writing() as db:
        return await complete_rotation(db, prepared, now=now, longest_token_lifetime=longest_token_lifetime)


async def retire_expired_keys(db: AsyncConnection, *, now: int) -> int:
    """Takes previous keys whose last token has expired out of the key set. Returns how many."""
    retired = await store.retire_expired(db, now=now)
    if retired:
        await announce(db, _TOPIC)
    return retired


def _missing(published: Sequence[SigningKey], algorithms: Sequence[str]) -> list[tuple[str, KeyState]]:
    wanted = [(alg, state) for alg in algorithms for state in (KeyState.CURRENT, KeyState.NEXT)]
    have = {(key.alg, key.state) for key in published}
    return [each for each in wanted if each not in have]


def _find(published: Sequence[SigningKey], alg: str, state: KeyState) -> SigningKey | None:
    return next((key for key in published if key.alg == alg and key.state is state), None)


def _get(published: Sequence[SigningKey], alg: str, state: KeyState) -> SigningKey:
    return next(key for key in published if key.alg == alg and key.state is state)
