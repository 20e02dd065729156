"""Rows of `encryption_keys`."""

from dataclasses import asdict

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.keys.encryption.key import EncryptionKey, EncryptionKeyState
from idp.keys.encryption.table import encryption_keys as table


async def list_keys(db: AsyncConnection) -> list[EncryptionKey]:
    """Every key that decrypts, the newest first."""
    rows = await db.execute(select(table).order_by(table.c.created_at.desc(), table.c.kid))
    return [EncryptionKey(**dict(row._mapping) | {"state": EncryptionKeyState(row.state)}) for row in rows]


async def insert(db: AsyncConnection, key: EncryptionKey) -> None:
    await db.execute(table.insert().values(asdict(key)))


async def supersede(db: AsyncConnection, *, successor: str, decrypts_until: int) -> None:
    """current → previous, for every key but its successor."""
    statement = update(table).where(table.c.state == EncryptionKeyState.CURRENT, table.c.kid != successor)
    await db.execute(statement.values(state=EncryptionKeyState.PREVIOUS, decrypts_until=decrypts_until))


async def delete_outlived(db: AsyncConnection, *, now: int) -> None:
    """A key that nobody encrypts to any more opens nothing that was recorded before, either."""
    await db.execute(delete(table).where(table.c.state == EncryptionKeyState.PREVIOUS, table.c.decrypts_until <= now))
