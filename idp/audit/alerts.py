"""The events that somebody should look at now: besides its row, each is a line `security_alert` in the log (LG-10).

The line leaves at once, before the commit: an alert about an attempt that came to nothing is better than none.
"""

import structlog

from idp.audit.events import Event

ALERTING = frozenset(
    {
        Event.CODE_REPLAYED,
        Event.REFRESH_REUSED,
        Event.ROLES_SET,
        Event.THROTTLED,
    }
)

log = structlog.get_logger(__name__)


def alert(event: Event, *, account_id: str | None, client_id: str | None, actor: str, address: str | None) -> None:
    """Whoever watches the log is told; nothing secret is among it."""
    if event in ALERTING:
        log.warning(
            "security_alert",
            alert=event.value,
            account_id=account_id,
            client_id=client_id,
            actor=actor,
            address=address,
        )
