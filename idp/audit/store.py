"""Rows of `audit_events`: appended and read, never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.audit.table import audit_events
from idp.database.prepared import Prepared

_APPENDED = Prepared(
    audit_events.insert().inline(), given=tuple(column.name for column in audit_events.c if column.name != "seq")
)


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One row, as it was written."""

    seq: int
    at: int
    event: str
    outcome: str
    account_id: str | None
    client_id: str | None
    session_id: str | None
    device_id: str | None
    actor: str
    address: str | None
    user_agent: str | None
    request_id: str | None
    details: Mapping[str, Any]


async def append(db: AsyncConnection, row: Mapping[str, object]) -> None:
    """Appends one row; its values were cleaned by `row_of`."""
    await _APPENDED.run(db, row)


async def insert(db: AsyncConnection, rows: Sequence[Mapping[str, object]]) -> None:
    """Appends rows; their values were cleaned by `row_of`."""
    await _APPENDED.run_many(db, rows)


async def list_events(
    db: AsyncConnection,
    *,
    account_id: str | None = None,
    event: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[AuditEvent]:
    """The newest events first; `before` is the `seq` of the last one already seen."""
    query = select(audit_events).order_by(audit_events.c.seq.desc()).limit(limit)
    if account_id is not None:
        query = query.where(audit_events.c.account_id == account_id)
    if event is not None:
        query = query.where(audit_events.c.event == event)
    if before is not None:
        query = query.where(audit_events.c.seq < before)
    return [AuditEvent(**row) for row in (await db.execute(query)).mappings()]


async def list_by_events(
    db: AsyncConnection,
    events: Sequence[str],
    *,
    account_id: str | None = None,
    actor: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[AuditEvent]:
    """Those of these names, the newest first: about an account, by an actor. `before` as in `list_events`."""
    query = select(audit_events).where(audit_events.c.event.in_(events))
    query = query.order_by(audit_events.c.seq.desc()).limit(limit)
    if account_id is not None:
        query = query.where(audit_events.c.account_id == account_id)
    if actor is not None:
        query = query.where(audit_events.c.actor == actor)
    if before is not None:
        query = query.where(audit_events.c.seq < before)
    return [AuditEvent(**row) for row in (await db.execute(query)).mappings()]
