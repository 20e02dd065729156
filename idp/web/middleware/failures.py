"""The last net: what no endpoint caught becomes a page or JSON that tells an id and nothing else."""

import structlog

from idp.database.unavailable import DatabaseUnavailable

log = structlog.get_logger(__name__)


def reported_status(error: Exception) -> int:
    """Tells the operator of the cause, and nobody else: 503 (the database is gone) or 500."""
    if isinstance(error, DatabaseUnavailable):
        log.warning("database_unavailable", reason=str(error))
        return 503
    log.error("request_failed", exc_info=error)
    return 500
