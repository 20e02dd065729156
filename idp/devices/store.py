"""Which accounts signed in on which browser."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, String, Table, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.database.prepared import Prepared
from idp.devices.table import device_accounts, devices

if TYPE_CHECKING:
    from sqlalchemy.dialects.sqlite import Insert

_MAX_USER_AGENT_LENGTH = 512

_PAIR = (
    device_accounts.c.device_id == bindparam("given_device_id", type_=String),
    device_accounts.c.account_id == bindparam("given_account_id", type_=String),
)
KNOWN = select(device_accounts.c.device_id).where(*_PAIR)
_KNOWN = Prepared(KNOWN)
_SIGNED_IN_AGAIN = Prepared(
    update(device_accounts).where(*_PAIR).values(last_login_at=bindparam("now", type_=BigInteger))
)


def _seen(insert: "Callable[[Table], Insert]") -> "Insert":
    seen = insert(devices)
    changed = {"user_agent": seen.excluded.user_agent, "last_seen_at": seen.excluded.last_seen_at}
    return seen.on_conflict_do_update(index_elements=["id"], set_=changed)


_SEEN = Prepared(_seen, given=tuple(devices.c.keys()))
# The database says which of two parallel sign-ins was the first: only one of the INSERTs returns a row.
_FIRST = Prepared(
    lambda insert: insert(device_accounts).on_conflict_do_nothing().returning(device_accounts.c.device_id),
    given=tuple(device_accounts.c.keys()),
)


async def record_login(  # noqa: PLR0917 - the row, in the order of its sentence: where, who, with what, when
    db: AsyncConnection, device_id: str, account_id: str, user_agent: str, now: int
) -> bool:
    """Notes a sign-in; True when this account never signed in on this browser before."""
    row = {"id": device_id, "created_at": now, "user_agent": user_agent[:_MAX_USER_AGENT_LENGTH], "last_seen_at": now}
    await _SEEN.run(db, row)
    first = await _FIRST.first(
        db, {"device_id": device_id, "account_id": account_id, "first_login_at": now, "last_login_at": now}
    )
    if first is None:
        await _SIGNED_IN_AGAIN.run(db, {"given_device_id": device_id, "given_account_id": account_id, "now": now})
    return first is not None


async def is_known(db: AsyncConnection, device_id: str, account_id: str) -> bool:
    """Whether this account ever signed in on this browser."""
    return await _KNOWN.first(db, {"given_device_id": device_id, "given_account_id": account_id}) is not None
