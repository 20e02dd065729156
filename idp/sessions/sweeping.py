"""Which sessions can never count again."""

from sqlalchemy import ColumnElement, String, column, exists, select
from sqlalchemy import table as table_named

from idp.database.sweeping import Sweep
from idp.sessions.table import browser_sessions

_KEPT_SECONDS = 7 * 24 * 3600  # long enough that the browser which returns is told why it was signed out

_grants = table_named("grants", column("session_id", String))


def _is_named_by_a_grant(_now: int) -> ColumnElement[bool]:
    return exists(select(1).where(_grants.c.session_id == browser_sessions.c.id))


SWEEP = Sweep(browser_sessions, browser_sessions.c.expires_at, kept_seconds=_KEPT_SECONDS, is_held=_is_named_by_a_grant)
