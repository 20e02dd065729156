"""Deletes what is over, one bounded batch after the other, along an index.

A noun says in a `Sweep` which of its rows can never count again; `sweep_batch` does the rest. A batch looks at no more
rows than its limit, whatever holds them back, and tells where the next one goes on: rows that have to stay are passed
once, not read again by every batch. On PostgreSQL it skips rows that somebody has locked, so that two processes share
the work and neither waits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Delete, Row, Select, Table, delete, not_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

Place = tuple[Any, ...]  # a row's `over_at` and primary key


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """The rows of a table for which `kept_seconds` have passed since `over_at` (NumericDate; an index begins with it).

    `among` is the condition of that index, where it is partial. `is_held` says, at a `now`, what keeps a row all the
    same.
    """

    table: Table
    over_at: Column[Any]
    kept_seconds: int = 0
    among: ColumnElement[bool] | None = None
    is_held: Callable[[int], ColumnElement[bool]] | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What one batch did. `next_place`: behind the last row that it looked at; None when it came to the end."""

    deleted: int
    next_place: Place | None


async def sweep_batch(db: AsyncConnection, sweep: Sweep, now: int, *, limit: int, place: Place | None = None) -> Batch:
    """Deletes what it may of the next `limit` rows behind `place`, the oldest first."""
    rows = (await db.execute(candidates(sweep, now, limit=limit, place=place))).all()
    if not rows:
        return Batch(0, None)
    deleted = (await db.execute(deletion(sweep, rows, now))).rowcount
    return Batch(deleted, tuple(rows[-1]) if len(rows) == limit else None)


def candidates(sweep: Sweep, now: int, *, limit: int, place: Place | None = None) -> Select[Any]:
    """Locks, and answers with their places, the rows that are over."""
    columns = (sweep.over_at, *sweep.table.primary_key)
    statement = select(*columns).where(*_is_over(sweep, now)).order_by(*columns).limit(limit)
    if place is not None:
        statement = statement.where(tuple_(*columns) > tuple_(*place))
    return statement.with_for_update(skip_locked=True)  # SQLite has one writer at a time anyway


def deletion(sweep: Sweep, rows: Sequence[Row[Any]], now: int) -> Delete:
    """Of those candidates, whatever nothing holds.

    They are locked, so what made them candidates needs no repeating. It would do harm: just after a million grants were
    revoked the planner believes that there are few, and would read all of them again for every batch.
    """
    first, *others = sweep.table.primary_key
    keys: list[tuple[Any, ...]] = [tuple(row[1:]) for row in rows]
    these = tuple_(first, *others).in_(keys) if others else first.in_([key for (key,) in keys])
    statement = delete(sweep.table).where(these)
    return statement if sweep.is_held is None else statement.where(not_(sweep.is_held(now)))


def _is_over(sweep: Sweep, now: int) -> list[ColumnElement[bool]]:
    conditions = [sweep.over_at <= now - sweep.kept_seconds]
    return conditions if sweep.among is None else [*conditions, sweep.among]
