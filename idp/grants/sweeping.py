"""Which grants, and which notes about tokens, can never count again."""

from sqlalchemy import BigInteger, ColumnElement, String, and_, column, exists, or_
from sqlalchemy import table as table_named

from idp.database.sweeping import Sweep
from idp.grants.table import grants, is_revoked, is_unredeemed, pushed_requests, revoked_access_tokens

# A used code is still known for a while, so that its replay is recognised (RFC 6749 §4.1.2).
_KEPT_SECONDS = 24 * 3600

_sessions = table_named(
    "browser_sessions",
    column("id", String),
    column("status", String),
    column("idle_expires_at", BigInteger),
    column("expires_at", BigInteger),
)


def _names_a_participant(now: int) -> ColumnElement[bool]:
    """The last grant of each client stays as long as its session lives: it says whom to tell of the logout."""
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


# Three ways to be over, each along an index of its own: one condition with OR would read the whole table.
_EXPIRED = Sweep(grants, grants.c.expires_at, kept_seconds=_KEPT_SECONDS, is_held=_names_a_participant)
_UNREDEEMED = Sweep(
    grants,
    grants.c.code_expires_at,
    kept_seconds=_KEPT_SECONDS,
    among=is_unredeemed,
    is_held=_names_a_participant,
)
_REVOKED = Sweep(
    grants, grants.c.revoked_at, kept_seconds=_KEPT_SECONDS, among=is_revoked, is_held=_names_a_participant
)

SWEEPS = (
    _EXPIRED,
    _UNREDEEMED,
    _REVOKED,
    Sweep(revoked_access_tokens, revoked_access_tokens.c.expires_at),
    Sweep(pushed_requests, pushed_requests.c.expires_at),
)
