"""Rows of `signing_keys`. Every change of state is one conditional UPDATE."""

from dataclasses import asdict

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.keys.signing_key import KeyState, SigningKey
from idp.keys.table import signing_keys

PUBLISHED_STATES = (KeyState.NEXT, KeyState.CURRENT, KeyState.PREVIOUS)


def _signing_key(row: Row[tuple[object, ...]]) -> SigningKey:
    values = dict(row._mapping)
    return SigningKey(**values | {"state": KeyState(values["state"])})


async def list_keys(db: AsyncConnection) -> list[SigningKey]:
    """Every key, retired ones too: by algorithm, the oldest first."""
    rows = await db.execute(
        select(signing_keys).order_by(signing_keys.c.alg, signing_keys.c.created_at, signing_keys.c.kid)
    )
    return [_signing_key(row) for row in rows]


async def list_published(db: AsyncConnection) -> list[SigningKey]:
    """The keys that relying parties may see: next, current and previous."""
    statement = select(signing_keys).where(signing_keys.c.state.in_(PUBLISHED_STATES))
    rows = await db.execute(statement.order_by(signing_keys.c.alg, signing_keys.c.created_at, signing_keys.c.kid))
    return [_signing_key(row) for row in rows]


async def insert(db: AsyncConnection, key: SigningKey) -> None:
    await db.execute(signing_keys.insert().values(asdict(key)))


async def promote(db: AsyncConnection, kid: str, *, now: int) -> bool:
    """next → current; False when it was not a next key any more."""
    statement = update(signing_keys).where(signing_keys.c.kid == kid, signing_keys.c.state == KeyState.NEXT)
    result = await db.execute(statement.values(state=KeyState.CURRENT, signs_from=now).returning(signing_keys.c.kid))
    return result.first() is not None


async def supersede(db: AsyncConnection, alg: str, *, successor: str, published_until: int) -> None:
    """current → previous, for every key of `alg` but its successor."""
    statement = update(signing_keys).where(
        signing_keys.c.alg == alg, signing_keys.c.state == KeyState.CURRENT, signing_keys.c.kid != successor
    )
    await db.execute(statement.values(state=KeyState.PREVIOUS, published_until=published_until))


async def retire_expired(db: AsyncConnection, *, now: int) -> int:
    """previous → retired, where the last token has expired. Returns how many."""
    statement = update(signing_keys).where(
        signing_keys.c.state == KeyState.PREVIOUS, signing_keys.c.published_until <= now
    )
    result = await db.execute(statement.values(state=KeyState.RETIRED).returning(signing_keys.c.kid))
    return len(result.all())
