"""Rows of `objections`: a link by which an owner stops or undoes a change. Used once, by one conditional UPDATE."""

from dataclasses import dataclass
from typing import Any, Literal, cast

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.database.sweeping import Sweep
from idp.sealing import digest
from idp.support.table import objections as table

ObjectionSubject = Literal["case", "otp_recovered"]

# A week is long enough for a late click to read what became of the link.
SWEEP = Sweep(table, table.c.expires_at, kept_seconds=7 * 86_400)


@dataclass(frozen=True, slots=True)
class Objection:
    """`reference` is the id of what is objected to: a case, or a recovery."""

    account_id: str
    subject: ObjectionSubject
    reference: str
    created_at: int
    expires_at: int
    used_at: int | None = None


async def insert(db: AsyncConnection, token: str, objection: Objection) -> None:
    await db.execute(
        table.insert().values(
            token_digest=digest(token),
            account_id=objection.account_id,
            subject=objection.subject,
            reference=objection.reference,
            created_at=objection.created_at,
            expires_at=objection.expires_at,
        )
    )


async def find(db: AsyncConnection, token: str) -> Objection | None:
    """Used and expired ones too."""
    row = (await db.execute(select(table).where(table.c.token_digest == digest(token)))).one_or_none()
    return _objection(row) if row else None


async def spend(db: AsyncConnection, token: str, *, now: int) -> Objection | None:
    """The objection, for the one who was first; None when it was made before, or its time is over."""
    statement = (
        update(table)
        .where(table.c.token_digest == digest(token), table.c.used_at.is_(None), table.c.expires_at > now)
        .values(used_at=now)
        .returning(table)
    )
    row = (await db.execute(statement)).one_or_none()
    return _objection(row) if row else None


def _objection(row: Row[Any]) -> Objection:
    return Objection(
        account_id=row.account_id,
        subject=cast("ObjectionSubject", row.subject),
        reference=row.reference,
        created_at=row.created_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
    )
