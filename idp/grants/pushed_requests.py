"""Pushed authorization requests (RFC 9126): kept for a minute, opened by their own client, completed once.

The rows live in the table `pushed_requests`. Opening one changes nothing, since a person may reload the page; what ends
it is its completion, which is one conditional INSERT among `spent_ids`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.grants.table import pushed_requests as table
from idp.sealing import MasterKeys, SealBroken, new_id

REQUEST_URI_PREFIX = "urn:ietf:params:oauth:request_uri:"  # RFC 9126 §2.2

_PURPOSE = "pushed-request"


@dataclass(frozen=True, slots=True)
class PushedRequest:
    """Parameters that passed every check when they were pushed."""

    client_id: str
    parameters: Mapping[str, str]
    is_signed: bool


async def push_request(db: AsyncConnection, keys: MasterKeys, request: PushedRequest, *, expires_at: int) -> str:
    """The id under which it is found again."""
    request_id = new_id()
    body = json.dumps({"parameters": dict(request.parameters), "is_signed": request.is_signed})
    sealed = keys.seal_text(body, purpose=_PURPOSE, context=_context(request_id, request.client_id))
    await db.execute(table.insert().values(id=request_id, sealed_request=sealed, expires_at=expires_at))
    return request_id


async def find_pushed_request(
    db: AsyncConnection, keys: MasterKeys, request_id: str, *, client_id: str, now: int
) -> PushedRequest | None:
    """None for one that is unknown, expired, completed, or another client's."""
    statement = select(table.c.sealed_request).where(table.c.id == request_id, table.c.expires_at > now)
    sealed: str | None = await db.scalar(statement)
    if sealed is None:
        return None
    try:
        body = json.loads(keys.open_text(sealed, purpose=_PURPOSE, context=_context(request_id, client_id)))
    except SealBroken:
        return None
    return PushedRequest(client_id, body["parameters"], body["is_signed"])


async def forget_pushed_request(db: AsyncConnection, request_id: str) -> None:
    """Nobody can open it any more."""
    await db.execute(delete(table).where(table.c.id == request_id))


def _context(request_id: str, client_id: str) -> str:
    return f"{request_id}\n{client_id}"
