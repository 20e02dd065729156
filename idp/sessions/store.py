"""Rows of `browser_sessions`. Every change is conditional on the session not having ended."""

from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.database.locking import in_lock_order
from idp.database.prepared import Prepared
from idp.database.user_agent_columns import binding_of, binding_values
from idp.protocol.user_agent_binding import Binding
from idp.sealing import digest, new_secret
from idp.sessions.evidence import Evidence
from idp.sessions.session import BrowserSession, EndReason, SessionStatus
from idp.sessions.table import browser_sessions as table

_INSERTED = Prepared(
    insert(table),
    given=tuple(column.name for column in table.c if column.name not in {"ended_at", "ended_reason"}),
)


async def insert_session(db: AsyncConnection, session: BrowserSession) -> str:
    """Stores the session; returns the cookie's secret, of which only the digest is kept."""
    secret = new_secret()
    row = {
        "id": session.id,
        "secret_digest": digest(secret),
        "account_id": session.account_id,
        "device_id": session.device_id,
        "status": session.status,
        "evidence": session.evidence.to_json(),
        "remembered": session.remembered,
        "created_at": session.created_at,
        "last_seen_at": session.last_seen_at,
        "idle_expires_at": session.idle_expires_at,
        "expires_at": session.expires_at,
        **binding_values(session.binding),
    }
    await _INSERTED.run(db, row)
    return secret


async def find(db: AsyncConnection, session_id: str) -> BrowserSession | None:
    row = (await db.execute(select(table).where(table.c.id == session_id))).one_or_none()
    return session_of(row) if row else None


async def renew(db: AsyncConnection, session: BrowserSession) -> str | None:
    """Writes what the session has become and gives it a new secret; None when it has ended meanwhile (SE-01)."""
    secret = new_secret()
    statement = (
        update(table)
        .where(table.c.id == session.id, table.c.status != SessionStatus.ENDED)
        .values(
            secret_digest=digest(secret),
            evidence=session.evidence.to_json(),
            status=session.status,
            last_seen_at=session.last_seen_at,
            idle_expires_at=session.idle_expires_at,
            expires_at=session.expires_at,
        )
    )
    return secret if (await db.execute(statement)).rowcount else None


async def touch(
    db: AsyncConnection, session: BrowserSession, *, binding: Binding, idle_expires_at: int, now: int
) -> None:
    """Remembers that the session was used, and raises its User-Agent floor."""
    await db.execute(
        update(table)
        .where(table.c.id == session.id, table.c.status != SessionStatus.ENDED)
        .values(last_seen_at=now, idle_expires_at=idle_expires_at, **binding_values(binding))
    )


async def hold_partial(db: AsyncConnection, session_id: str, *, now: int) -> bool:
    """Whether the session still waits for its second factor; it stays so until the commit."""
    waiting = select(table.c.id).where(
        table.c.id == session_id,
        table.c.status == SessionStatus.PARTIAL,
        table.c.idle_expires_at > now,
        table.c.expires_at > now,
    )
    return await db.scalar(waiting.with_for_update()) is not None


async def end(db: AsyncConnection, session_id: str, *, reason: EndReason, now: int) -> bool:
    """Ends it once: True for the caller that did."""
    statement = (
        update(table)
        .where(table.c.id == session_id, table.c.status != SessionStatus.ENDED)
        .values(status=SessionStatus.ENDED, ended_at=now, ended_reason=reason)
    )
    return bool((await db.execute(statement)).rowcount)


async def end_all_for_account(
    db: AsyncConnection, account_id: str, *, reason: EndReason, now: int, spare: str | None = None
) -> list[str]:
    """Ends every session of the account but the spared one; the ids of those that ended."""
    conditions = (
        table.c.account_id == account_id,
        table.c.status != SessionStatus.ENDED,
        table.c.id != (spare or ""),
    )
    statement = (
        update(table)
        .where(table.c.id.in_(in_lock_order(table.c.id, conditions)), table.c.status != SessionStatus.ENDED)
        .values(status=SessionStatus.ENDED, ended_at=now, ended_reason=reason)
        .returning(table.c.id)
    )
    return list((await db.scalars(statement)).all())


def session_of(row: Row[Any]) -> BrowserSession:
    """A row with every column, whoever read it."""
    return BrowserSession(
        id=row.id,
        account_id=row.account_id,
        device_id=row.device_id,
        status=SessionStatus(row.status),
        evidence=Evidence.from_json(row.evidence),
        remembered=row.remembered,
        binding=binding_of(row),
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        idle_expires_at=row.idle_expires_at,
        expires_at=row.expires_at,
        ended_reason=EndReason(row.ended_reason) if row.ended_reason else None,
    )
