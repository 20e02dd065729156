"""Authorization requests that are too large for an address bar, kept like pushed ones for the life of a flow.

The rows live in the table `pushed_requests`; the request is sealed, since it may name a person (`login_hint`).
"""

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.grants.table import pushed_requests as table
from idp.sealing import MasterKeys, new_id

_PURPOSE = "stored-request"


async def store_request(db: AsyncConnection, keys: MasterKeys, request: dict[str, Any], *, expires_at: int) -> str:
    """The id under which it is found again."""
    request_id = new_id()
    sealed = keys.seal_text(json.dumps(request), purpose=_PURPOSE, context=request_id)
    await db.execute(table.insert().values(id=request_id, sealed_request=sealed, expires_at=expires_at))
    return request_id


async def find_request(db: AsyncConnection, keys: MasterKeys, request_id: str, *, now: int) -> dict[str, Any] | None:
    """Raises `SealBroken` for a row that was moved or altered."""
    statement = select(table.c.sealed_request).where(table.c.id == request_id, table.c.expires_at > now)
    sealed: str | None = await db.scalar(statement)
    if sealed is None:
        return None
    request: dict[str, Any] = json.loads(keys.open_text(sealed, purpose=_PURPOSE, context=request_id))
    return request
