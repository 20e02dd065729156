"""Asks PostgreSQL how it would find the rows of what a piece of work sends."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import JSON, Column, Table, event, select
from sqlalchemy.ext.asyncio import AsyncConnection

from idp import tables
from tests.support.prepared import overhearing

# Their rows are as many as people, logins and messages. The others hold what operators write.
GROWING = frozenset(
    {"accounts", "attempt_counters", "browser_sessions", "consents", "decoupled_requests", "grants", "objections"}
    | {"one_time_codes", "otp_recoveries", "outbox", "pushed_requests", "revoked_access_tokens"}
    | {"spent_challenges", "spent_ids"}
)


@dataclass(slots=True)
class Sent:
    """Statements with their parameters, as the driver got them."""

    statements: list[tuple[str, Any]] = field(default_factory=list)


@contextmanager
def sending(db: AsyncConnection) -> Iterator[Sent]:
    """What this connection sends until the block ends."""
    sent = Sent()

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.statements.append((statement, parameters))

    event.listen(db.sync_connection, "before_cursor_execute", note)
    try:
        with overhearing({db.engine.sync_engine}, lambda *asked: sent.statements.append(asked)):
            yield sent
    finally:
        event.remove(db.sync_connection, "before_cursor_execute", note)


async def plans(db: AsyncConnection, sent: Sent) -> list[tuple[str, dict[str, Any]]]:
    """Each statement with the root of its plan."""
    # A small table is rightly read whole: what counts is whether an index could be used.
    await db.exec_driver_sql("SET LOCAL enable_seqscan = off")
    found = []
    for statement, parameters in sent.statements:
        plan = (await db.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)).scalar_one()
        parsed = json.loads(plan) if isinstance(plan, str) else plan
        found.append((statement, parsed[0]["Plan"]))
    return found


async def whole_reads(db: AsyncConnection, sent: Sent) -> list[str]:
    """Every scan of a growing table that no index narrows down, with the statement that wants it."""
    return [
        f"{node['Node Type']} of {node['Relation Name']}: {statement}"
        for statement, plan in await plans(db, sent)
        for node in _whole(plan)
    ]


def indexes_of(plan: dict[str, Any], table: str, *, alias: str | None = None) -> set[str]:
    """Those along which the rows of the table, under its own name, are found."""
    alias = plan.get("Alias", alias)  # the index scan below a bitmap has none of its own
    own = {plan["Index Name"]} if "Index Name" in plan and alias == table else set()
    return own.union(*(indexes_of(child, table, alias=alias) for child in plan.get("Plans", ())))


async def fill_others(db: AsyncConnection, count: int) -> None:
    """As many rows in every growing table that is empty, so that the planner knows what it is like."""
    accounts = (await db.scalars(select(tables.accounts.c.id).limit(count))).all()
    for name in sorted(GROWING):
        table = tables.metadata.tables[name]
        if await db.scalar(select(table).limit(1)) is None:
            rows = [_some_row(table, number, accounts[number % len(accounts)]) for number in range(count)]
            await db.execute(table.insert(), rows)


def _some_row(table: Table, number: int, account_id: str) -> dict[str, Any]:
    return {column.name: _some_value(column, number, account_id) for column in table.columns}


def _some_value(column: Column[Any], number: int, account_id: str) -> Any:
    if column.name == "account_id":
        return account_id
    if isinstance(column.type, JSON):
        return {}
    by_type: dict[type, Any] = {int: 1_768_478_400 + number, bool: False, bytes: b""}
    if column.type.python_type is str:
        return f"{column.name[:6]}-{number}"[: getattr(column.type, "length", None)]
    return by_type[column.type.python_type]


def _whole(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    reads = node.get("Relation Name") in GROWING and node["Node Type"] not in {"ModifyTable", "Bitmap Heap Scan"}
    if reads and "Index Cond" not in node:
        yield node
    for child in node.get("Plans", ()):
        yield from _whole(child)
