"""Initial access tokens (RFC 7591 §1.2): whoever holds one may register clients, as often as it says, until it expires.

Only their digests are stored: they are random, so that no guess can be tried against one.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.clients.table import initial_access_tokens as table
from idp.sealing import digest, new_id


@dataclass(frozen=True, slots=True)
class InitialToken:
    """A token as operators see it. `uses_left` None: any number."""

    id: str
    note: str
    uses_left: int | None
    created_at: int
    expires_at: int


async def insert(
    db: AsyncConnection, token: str, *, note: str, uses: int | None, now: int, expires_at: int
) -> InitialToken:
    """Stores the digest of a new token (`sealing.new_secret`)."""
    made = InitialToken(new_id(), note, uses, now, expires_at)
    await db.execute(
        table.insert().values(
            id=made.id, digest=digest(token), note=note, uses_left=uses, created_at=now, expires_at=expires_at
        )
    )
    return made


async def is_good(db: AsyncConnection, token: str, *, now: int) -> bool:
    """Whether it could be spent now."""
    return (await db.execute(select(table.c.id).where(_is_good(token, now)))).first() is not None


async def spend(db: AsyncConnection, token: str, *, now: int) -> bool:
    """Takes one use of it: of any number of parallel callers, as many succeed as there are uses left."""
    spent = update(table).where(_is_good(token, now)).values(uses_left=table.c.uses_left - 1).returning(table.c.id)
    return (await db.execute(spent)).first() is not None


async def list_good(db: AsyncConnection, *, now: int) -> list[InitialToken]:
    """Those that still open something, the newest first."""
    statement = select(table).where(_opens_something(now)).order_by(table.c.created_at.desc(), table.c.id)
    return [
        InitialToken(row.id, row.note, row.uses_left, row.created_at, row.expires_at)
        for row in await db.execute(statement)
    ]


async def revoke(db: AsyncConnection, token_id: str) -> bool:
    """False where there is none of that id."""
    gone = await db.execute(delete(table).where(table.c.id == token_id).returning(table.c.id))
    return gone.first() is not None


async def forget_useless(db: AsyncConnection, *, now: int) -> int:
    """Forgets those that open nothing any more; how many. There are few: an operator made each."""
    return (await db.execute(delete(table).where(or_(table.c.expires_at <= now, table.c.uses_left <= 0)))).rowcount


def _is_good(token: str, now: int) -> ColumnElement[bool]:
    # What is not ASCII is no token of ours, and may not even be UTF-8.
    return and_(table.c.digest == digest(token if token.isascii() else ""), _opens_something(now))


def _opens_something(now: int) -> ColumnElement[bool]:
    return and_(table.c.expires_at > now, or_(table.c.uses_left.is_(None), table.c.uses_left > 0))
