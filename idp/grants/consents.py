"""Rows of `consents`: what a person has allowed a client, for good. Withdrawing one ends its grants (`lifecycle`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.database.upsert import insert_for
from idp.grants.table import consents as table


@dataclass(frozen=True, slots=True)
class Consent:
    account_id: str
    client_id: str
    scope: tuple[str, ...]
    claims: tuple[str, ...]
    given_at: int
    authorization_details: tuple[Mapping[str, Any], ...] = ()


async def find(db: AsyncConnection, account_id: str, client_id: str) -> Consent | None:
    statement = select(table).where(table.c.account_id == account_id, table.c.client_id == client_id)
    row = (await db.execute(statement)).one_or_none()
    if row is None:
        return None
    return Consent(
        account_id=row.account_id,
        client_id=row.client_id,
        scope=tuple(row.scope.split()),
        claims=tuple(row.claims),
        given_at=row.given_at,
        authorization_details=tuple(row.authorization_details or ()),
    )


async def give(db: AsyncConnection, consent: Consent) -> None:
    """Replaces what was allowed before."""
    values = {
        "scope": " ".join(consent.scope),
        "claims": list(consent.claims),
        "authorization_details": [dict(detail) for detail in consent.authorization_details] or None,
        "given_at": consent.given_at,
    }
    statement = insert_for(db)(table).values(account_id=consent.account_id, client_id=consent.client_id, **values)
    await db.execute(statement.on_conflict_do_update(index_elements=["account_id", "client_id"], set_=values))


async def withdraw(db: AsyncConnection, account_id: str, client_id: str) -> bool:
    statement = delete(table).where(table.c.account_id == account_id, table.c.client_id == client_id)
    return bool((await db.execute(statement)).rowcount)


def covers(
    consent: Consent | None, scope: Sequence[str], claims: Sequence[str], details: Sequence[Mapping[str, Any]] = ()
) -> bool:
    """Whether nothing is asked for that was not allowed before; of details, the very same ones."""
    return (
        consent is not None
        and set(scope) <= set(consent.scope)
        and set(claims) <= set(consent.claims)
        and all(detail in consent.authorization_details for detail in details)
    )
