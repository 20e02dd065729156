"""The key of pairwise identifiers: made once, and the same through every rotation of the master key."""

import asyncio

import pytest
from sqlalchemy import select

from idp.database.engine import Database
from idp.sealing import MasterKeys, SealBroken
from idp.subjects.pairwise import IdKind, NoPairwiseKey, PairwiseIds
from idp.subjects.store import ensure_pairwise_key, find_pairwise_key
from idp.subjects.table import pairwise_keys

OLD, NEW = bytes(32), bytes([1] * 32)


async def key_of(database: Database, keys: MasterKeys) -> bytes | None:
    async with database.reading() as db:
        return await find_pairwise_key(db, keys)


async def test_eight_at_once_make_one_key(database: Database) -> None:
    """Processes that start together tell the same person the same."""
    keys = MasterKeys(OLD)
    assert await key_of(database, keys) is None
    await asyncio.gather(*(ensure_pairwise_key(database, keys, now=1) for _ in range(8)))
    made = await key_of(database, keys)
    await ensure_pairwise_key(database, keys, now=2)
    assert made is not None
    assert len(made) == 64
    assert await key_of(database, keys) == made


@pytest.mark.requirement("CF-02")
async def test_a_new_master_key_changes_nobody(database: Database) -> None:
    """The key is sealed anew, and the old master key is not needed for it any more; it stands nowhere in the clear."""
    await ensure_pairwise_key(database, MasterKeys(OLD), now=1)
    before = await key_of(database, MasterKeys(OLD))
    await ensure_pairwise_key(database, MasterKeys(NEW, OLD), now=2)
    assert await key_of(database, MasterKeys(NEW)) == before
    with pytest.raises(SealBroken):
        await key_of(database, MasterKeys(OLD))
    async with database.reading() as db:
        stored = bytes(await db.scalar(select(pairwise_keys.c.sealed_key)) or b"")
    assert before is not None
    assert before not in stored


def test_an_identifier_opens_for_its_sector_and_kind_alone() -> None:
    """The same each time; to another sector, as another kind, or changed by a character, it is nothing at all."""
    ids = PairwiseIds()
    with pytest.raises(NoPairwiseKey):
        ids.seal("acc_1", kind=IdKind.SUBJECT, sector="a.example")
    ids.hold(bytes(range(64)))
    told = ids.seal("acc_1", kind=IdKind.SUBJECT, sector="a.example")
    assert told == ids.seal("acc_1", kind=IdKind.SUBJECT, sector="a.example")
    assert len(told) <= 255  # OIDC Core §2
    assert ids.open(told, kind=IdKind.SUBJECT, sector="a.example") == "acc_1"
    assert ids.open(told, kind=IdKind.SUBJECT, sector="b.example") is None
    assert ids.open(told, kind=IdKind.SESSION, sector="a.example") is None
    for nonsense in ("", "acc_1", told[:-1], told + "A", "é", "AA", "x" * 10_000):
        assert ids.open(nonsense, kind=IdKind.SUBJECT, sector="a.example") is None
