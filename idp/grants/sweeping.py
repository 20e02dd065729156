"""Which grants, and which notes about tokens, can never count again."""

from sqlalchemy import BigInteger, ColumnElement, String, and_, column, delete, exists, or_, select
from sqlalchemy import table as table_named
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.grants.grant import GrantState
from idp.grants.table import grants, pushed_requests, revoked_access_tokens

# A used code is still known for a while, so that its replay is recognised (RFC 6749 §4.1.2).
_KEPT_SECONDS = 24 * 3600

_sessions = table_named(
    "browser_sessions",
    column("id", String),
    column("status", String),
    column("idle_expires_at", BigInteger),
    column("expires_at", BigInteger),
)


async def sweep(db: AsyncConnection, now: int, limit: int) -> int:
    """Deletes up to `limit` of each: codes never redeemed, grants revoked or expired a day ago, expired notes.

    The last grant of each client stays as long as its session lives: it says whom to tell of the logout.
    """
    unredeemed = and_(grants.c.state == GrantState.CODE, grants.c.code_expires_at <= now - _KEPT_SECONDS)
    over = or_(
        grants.c.expires_at <= now - _KEPT_SECONDS,
        unredeemed,
        and_(grants.c.state == GrantState.REVOKED, grants.c.revoked_at <= now - _KEPT_SECONDS),
    )
    # In id order, as every statement that locks many grants (no deadlock between two of them).
    ids = select(grants.c.id).where(over, ~_names_a_participant(now)).order_by(grants.c.id).limit(limit)
    deleted = (await db.execute(delete(grants).where(grants.c.id.in_(ids)))).rowcount
    for table in (revoked_access_tokens, pushed_requests):
        key = table.primary_key.columns[0]
        old = select(key).where(table.c.expires_at <= now).limit(limit)
        deleted += (await db.execute(delete(table).where(key.in_(old)))).rowcount
    return deleted


def _names_a_participant(now: int) -> ColumnElement[bool]:
    newer = grants.alias("newer")
    is_last = ~exists().where(
        newer.c.session_id == grants.c.session_id,
        newer.c.client_id == grants.c.client_id,
        or_(
            newer.c.created_at > grants.c.created_at,
            and_(newer.c.created_at == grants.c.created_at, newer.c.id > grants.c.id),
        ),
    )
    session_lives = exists().where(
        _sessions.c.id == grants.c.session_id,
        _sessions.c.status == "active",
        _sessions.c.idle_expires_at > now,
        _sessions.c.expires_at > now,
    )
    return and_(session_lives, is_last)
