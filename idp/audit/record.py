"""Writes one event, with every value made safe to store, to show and to export."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from idp import metrics
from idp.audit import store
from idp.audit.alerts import alert
from idp.audit.cleaning import Detail, clean_details, clean_text
from idp.audit.events import Event

Outcome = Literal["success", "failure", "refused"]

USER_AGENT_LENGTH = 512


class Origin(NamedTuple):
    """Who did it, from where, and when: made once for a request, or once for a command (`actor="cli:<user>"`)."""

    address: str | None
    user_agent: str | None
    device_id: str | None
    request_id: str | None
    actor: str  # an account id, a client id, `cli:<user>`, `anonymous`, `system`
    now: int


async def record(  # noqa: PLR0913 - the columns of one row, most of them optional
    db: AsyncConnection,
    event: Event,
    *,
    outcome: Outcome,
    origin: Origin,
    account_id: str | None = None,
    client_id: str | None = None,
    session_id: str | None = None,
    details: Mapping[str, Detail | Sequence[str]] | None = None,
) -> None:
    """Appends the event in the caller's transaction. `details` never holds a secret; what looks like one is removed."""
    alert(event, account_id=account_id, client_id=client_id, actor=origin.actor, address=origin.address)
    metrics.count_event(event, outcome)
    row = row_of(
        event,
        outcome=outcome,
        origin=origin,
        account_id=account_id,
        client_id=client_id,
        session_id=session_id,
        details=details or {},
    )
    await store.append(db, row)


def row_of(  # noqa: PLR0913 - the columns of one row
    event: Event,
    *,
    outcome: Outcome,
    origin: Origin,
    account_id: str | None,
    client_id: str | None,
    session_id: str | None,
    details: Mapping[str, Detail | Sequence[str]],
) -> dict[str, object]:
    """The columns of one event, each cleaned and cut."""
    return {
        "at": origin.now,
        "event": event.value,
        "outcome": outcome,
        "account_id": clean_text(account_id, 32),
        "client_id": clean_text(client_id, 128),
        "session_id": clean_text(session_id, 22),
        "device_id": clean_text(origin.device_id, 43),
        "actor": clean_text(origin.actor, 64) or "anonymous",
        "address": clean_text(origin.address, 64),
        "user_agent": clean_text(origin.user_agent, USER_AGENT_LENGTH),
        "request_id": clean_text(origin.request_id, 64),
        "details": clean_details(details),
    }
