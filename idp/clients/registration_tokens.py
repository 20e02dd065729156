"""Registration access tokens (RFC 7592 §3): with its own, a client that registered itself reads and changes itself."""

import hmac

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.clients.table import clients
from idp.sealing import digest

DYNAMIC = "dynamic"


async def put(db: AsyncConnection, client_id: str, token: str | None) -> None:
    """Stores the digest of its token (`sealing.new_secret`) in place of the one before; None takes it away."""
    value = None if token is None else digest(token)
    await db.execute(update(clients).where(clients.c.id == client_id).values(registration_token_digest=value))


async def opens(db: AsyncConnection, client_id: str, token: str) -> bool:
    """Whether the token is this client's own. One that is disabled, or that a file has taken over, has none."""
    statement = select(clients.c.registration_token_digest).where(
        clients.c.id == client_id,
        clients.c.source == DYNAMIC,
        clients.c.status == "active",
        clients.c.applied_digest.is_(None),
    )
    known: str | None = await db.scalar(statement)
    # What is not ASCII is no token of ours, and may not even be UTF-8.
    offered = digest(token if token.isascii() else "")
    return hmac.compare_digest(offered, known or "-" * len(offered))
