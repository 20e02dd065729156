"""Rows of cases, of what was done about them, and of what was received for them.

Whoever decides about a case first takes it with `lock`: what is read of it then holds until the commit. Every change of
its status is one UPDATE that names the statuses it starts from.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.database.upsert import insert_for
from idp.support.case import OPEN_STATUSES, Case, CaseKind, CaseStatus
from idp.support.evidence import EvidenceItem
from idp.support.numbers import normalise_number
from idp.support.table import case_entries, case_evidence, support_cases

_case = support_cases.c
_COLUMNS = [_case[field.name] for field in fields(Case)]


@dataclass(frozen=True, slots=True)
class CaseEntry:
    """One line of a case's history."""

    at: int
    actor: str
    action: str
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was received, when, and who says so (`customer`: by a form or a code)."""

    item: EvidenceItem
    received_at: int
    received_by: str


async def insert(db: AsyncConnection, case: Case) -> bool:
    """False, and nothing written, when the number is taken."""
    values = {field.name: getattr(case, field.name) for field in fields(Case)}
    values |= {"kind": case.kind.value, "status": case.status.value}
    statement = insert_for(db)(support_cases).values(**values).on_conflict_do_nothing(index_elements=["number"])
    return await db.scalar(statement.returning(_case.id)) is not None


async def find(db: AsyncConnection, case_id: str) -> Case | None:
    return await _one(db, select(*_COLUMNS).where(_case.id == case_id))


async def lock(db: AsyncConnection, case_id: str) -> Case | None:
    """The case as it is now; nobody else changes it until the commit. SQLite has one writer anyway."""
    return await _one(db, select(*_COLUMNS).where(_case.id == case_id).with_for_update())


async def get_by_number(db: AsyncConnection, number: str) -> Case | None:
    """By the number in any spelling a person may type."""
    normalised = normalise_number(number)
    return None if normalised is None else await _one(db, select(*_COLUMNS).where(_case.number == normalised))


async def list_queue(
    db: AsyncConnection,
    *,
    kind: CaseKind | None = None,
    statuses: Collection[CaseStatus] = OPEN_STATUSES,
    account_id: str | None = None,
    limit: int = 500,
) -> list[Case]:
    """Those that are open, unless told otherwise, the most urgent first."""
    query = select(*_COLUMNS).where(_case.status.in_([each.value for each in statuses]))
    if kind is not None:
        query = query.where(_case.kind == kind.value)
    if account_id is not None:
        query = query.where(_case.account_id == account_id)
    rows = await db.execute(query.order_by(_case.due_at, _case.id).limit(limit))
    return [_of(row) for row in rows]


async def list_by_contact(db: AsyncConnection, contact_email: str, *, limit: int = 20) -> list[Case]:
    """Whatever came with this contact address, the newest first."""
    query = select(*_COLUMNS).where(_case.contact_email == contact_email)
    return [_of(row) for row in await db.execute(query.order_by(_case.created_at.desc()).limit(limit))]


async def list_held(db: AsyncConnection, now: int, *, limit: int = 50) -> list[str]:
    """The ids of the cases whose hold is over."""
    query = select(_case.id).where(_case.status == CaseStatus.HOLDING.value, _case.hold_until <= now)
    return list(await db.scalars(query.order_by(_case.hold_until).limit(limit)))


async def count_done_since(db: AsyncConnection, since: int) -> int:
    done = select(func.count()).where(_case.status == CaseStatus.DONE.value, _case.closed_at >= since)
    return await db.scalar(done.select_from(support_cases)) or 0


async def change(
    db: AsyncConnection,
    case: Case,
    *,
    from_statuses: Collection[CaseStatus],
    now: int,
    held_until: int | None = None,
    values: Mapping[str, object],
) -> Case | None:
    """The changed case; None when it is in another status by now, or was given to another account since.

    `held_until`: only if its hold is over at that moment.
    """
    conditions: list[ColumnElement[bool]] = [
        _case.id == case.id,
        _case.status.in_([each.value for each in from_statuses]),
        _case.account_id.is_(None) if case.account_id is None else _case.account_id == case.account_id,
    ]
    if held_until is not None:
        conditions.append(_case.hold_until <= held_until)
    statement = update(support_cases).where(*conditions).values({**values, "updated_at": now}).returning(*_COLUMNS)
    row = (await db.execute(statement)).one_or_none()
    return None if row is None else _of(row)


async def add_entry(db: AsyncConnection, case_id: str, *, at: int, actor: str, action: str, text: str = "") -> None:
    """One more line of the history; lines are never changed."""
    await db.execute(case_entries.insert().values(case_id=case_id, at=at, actor=actor, action=action, text=text))


async def list_entries(db: AsyncConnection, case_id: str) -> list[CaseEntry]:
    """The history, the oldest first."""
    entry = case_entries.c
    query = select(entry.at, entry.actor, entry.action, entry.text).where(entry.case_id == case_id)
    return [CaseEntry(**row) for row in (await db.execute(query.order_by(entry.seq))).mappings()]


async def actors_of(db: AsyncConnection, case_id: str, actions: Collection[str]) -> list[str]:
    """Who did one of these things to the case."""
    query = select(case_entries.c.actor).where(
        case_entries.c.case_id == case_id, case_entries.c.action.in_(list(actions))
    )
    return list(await db.scalars(query.distinct()))


async def add_evidence(db: AsyncConnection, case_id: str, item: EvidenceItem, *, at: int, by: str) -> bool:
    """False when it was received before."""
    row = {"case_id": case_id, "item": item.value, "received_at": at, "received_by": by}
    statement = insert_for(db)(case_evidence).values(**row).on_conflict_do_nothing()
    return await db.scalar(statement.returning(case_evidence.c.item)) is not None


async def list_evidence(db: AsyncConnection, case_id: str) -> list[Evidence]:
    found = case_evidence.c
    query = select(found.item, found.received_at, found.received_by).where(found.case_id == case_id)
    rows = (await db.execute(query.order_by(found.received_at, found.item))).all()
    return [Evidence(EvidenceItem(row.item), row.received_at, row.received_by) for row in rows]


async def _one(db: AsyncConnection, query: Select[Any]) -> Case | None:
    row = (await db.execute(query)).one_or_none()
    return None if row is None else _of(row)


def _of(row: Row[Any]) -> Case:
    values = dict(row._mapping)
    return Case(**values | {"kind": CaseKind(values["kind"]), "status": CaseStatus(values["status"])})
