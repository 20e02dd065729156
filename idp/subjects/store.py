"""Makes and reads the one key of `pairwise_keys`."""

import secrets

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.database.engine import Database
from idp.database.upsert import insert_for
from idp.sealing import MasterKeys
from idp.subjects.pairwise import KEY_BYTES
from idp.subjects.table import pairwise_keys

_NAME = "current"
_PURPOSE = "pairwise-key"


async def ensure_pairwise_key(database: Database, master_keys: MasterKeys, *, now: int) -> None:
    """Makes the key where there is none, and seals it anew under a newer master key. Of several at once, one wins."""
    async with database.reading() as db:
        sealed = await _find(db)
    if sealed is not None and sealed[: len(master_keys.current_id)] == master_keys.current_id:
        return
    async with database.writing() as db:
        if sealed is None:
            fresh = master_keys.seal(secrets.token_bytes(KEY_BYTES), purpose=_PURPOSE)
            values = {"name": _NAME, "sealed_key": fresh, "created_at": now}
            await db.execute(insert_for(db)(pairwise_keys).values(values).on_conflict_do_nothing())
        else:
            again = master_keys.seal(master_keys.open(sealed, purpose=_PURPOSE), purpose=_PURPOSE)
            unchanged = pairwise_keys.c.sealed_key == sealed
            await db.execute(update(pairwise_keys).where(unchanged).values(sealed_key=again))


async def find_pairwise_key(db: AsyncConnection, master_keys: MasterKeys) -> bytes | None:
    """None before it was made; raises `SealBroken` when the master key is not the one that sealed it."""
    sealed = await _find(db)
    return None if sealed is None else master_keys.open(sealed, purpose=_PURPOSE)


async def _find(db: AsyncConnection) -> bytes | None:
    found = await db.scalar(select(pairwise_keys.c.sealed_key).where(pairwise_keys.c.name == _NAME))
    return None if found is None else bytes(found)
