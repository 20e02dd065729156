"""Which grants, and which notes about tokens, can never count again."""

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.grants.grant import GrantState
from idp.grants.table import grants, pushed_requests, revoked_access_tokens

# A used code is still known for a while, so that its replay is recognised (RFC 6749 §4.1.2).
_KEPT_SECONDS = 24 * 3600


async def sweep(db: AsyncConnection, now: int, limit: int) -> int:
    """Deletes up to `limit` of each: codes never redeemed, grants revoked or expired a day ago, expired notes."""
    unredeemed = and_(grants.c.state == GrantState.CODE, grants.c.code_expires_at <= now - _KEPT_SECONDS)
    over = or_(
        grants.c.expires_at <= now - _KEPT_SECONDS,
        unredeemed,
        and_(grants.c.state == GrantState.REVOKED, grants.c.revoked_at <= now - _KEPT_SECONDS),
    )
    # In id order, as every statement that locks many grants (no deadlock between two of them).
    ids = select(grants.c.id).where(over).order_by(grants.c.id).limit(limit)
    deleted = (await db.execute(delete(grants).where(grants.c.id.in_(ids)))).rowcount
    for table in (revoked_access_tokens, pushed_requests):
        key = table.primary_key.columns[0]
        old = select(key).where(table.c.expires_at <= now).limit(limit)
        deleted += (await db.execute(delete(table).where(key.in_(old)))).rowcount
    return deleted
