"""How long a caller waits for the database, the one error if that was in vain, and how an operator reads of it."""

from sqlalchemy.exc import DBAPIError

from idp import metrics

WAIT_SECONDS = 2.0  # for a connection, for a statement, and for a lock: together under the promised three seconds

DISK_FULL = "disk full"


class DatabaseUnavailable(Exception):
    """The database did not answer in time, or refused to work. Nothing was committed."""


def unavailable(error: BaseException) -> DatabaseUnavailable:
    """What to raise in place of a driver's error; counted."""
    metrics.database_unavailable.inc()
    return DatabaseUnavailable(reason_of(error))


def reason_of(error: BaseException) -> str:
    """Enough for an operator, and nothing that a row contains."""
    words = str(error.orig if isinstance(error, DBAPIError) else error)
    is_full = any(sign in words for sign in ("disk is full", "No space left"))
    return DISK_FULL if is_full else type(error).__name__
