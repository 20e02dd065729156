"""Who has to hear that a session has ended: every client that got a grant from it and registered where to be told.

The notices of the back channel are queued in the transaction that ends the session, one for each client and session;
what the browser itself can carry (front channel) is up to whoever answers it.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.clients import store as clients
from idp.clients.client import Client
from idp.grants import store as grants
from idp.messaging.notices import enqueue_logout_notice


@dataclass(frozen=True, slots=True)
class Participant:
    """One client that the session signed a person in to."""

    client: Client
    session_id: str


@dataclass(frozen=True, slots=True)
class LogoutNotice:
    """One participant, and the notice queued for it; None where it has no back channel."""

    participant: Participant
    message_id: str | None


async def list_participants(db: AsyncConnection, session_ids: Collection[str]) -> list[Participant]:
    """Those that registered where to be told; a disabled client is told nothing."""
    pairs = await grants.list_clients_of_sessions(db, session_ids)
    found = {client.client_id: client for client in await clients.list_by_ids(db, {client for _, client in pairs})}
    return [
        Participant(found[client_id], session_id)
        for session_id, client_id in pairs
        if client_id in found and found[client_id].is_active and found[client_id].logout.wants_notice
    ]


async def queue_logout_notices(
    db: AsyncConnection, session_ids: Collection[str], *, account_id: str, now: int, first_try_at: int
) -> tuple[LogoutNotice, ...]:
    """For sessions of one account that the caller has just ended, which happens to each of them once."""
    notices = []
    for participant in await list_participants(db, session_ids):
        message_id = None
        if participant.client.logout.backchannel_logout_uri is not None:
            message_id = await enqueue_logout_notice(
                db,
                client_id=participant.client.client_id,
                account_id=account_id,
                session_id=participant.session_id,
                now=now,
                first_try_at=first_try_at,
            )
        notices.append(LogoutNotice(participant, message_id))
    return tuple(notices)
