"""Which accounts signed in on which browser."""

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.database.upsert import insert_for
from idp.devices.table import device_accounts, devices

_MAX_USER_AGENT_LENGTH = 512


async def record_login(  # noqa: PLR0917 - the row, in the order of its sentence: where, who, with what, when
    db: AsyncConnection, device_id: str, account_id: str, user_agent: str, now: int
) -> bool:
    """Notes a sign-in; True when this account never signed in on this browser before."""
    row = {"id": device_id, "created_at": now, "user_agent": user_agent[:_MAX_USER_AGENT_LENGTH], "last_seen_at": now}
    seen = insert_for(db)(devices)
    changed = {"user_agent": seen.excluded.user_agent, "last_seen_at": seen.excluded.last_seen_at}
    await db.execute(seen.on_conflict_do_update(index_elements=["id"], set_=changed), row)
    # The database says which of two parallel sign-ins was the first: only one of the INSERTs returns a row.
    first: str | None = await db.scalar(
        insert_for(db)(device_accounts).on_conflict_do_nothing().returning(device_accounts.c.device_id),
        {"device_id": device_id, "account_id": account_id, "first_login_at": now, "last_login_at": now},
    )
    if first is None:
        await db.execute(update(device_accounts).where(*_pair(device_id, account_id)).values(last_login_at=now))
    return first is not None


async def is_known(db: AsyncConnection, device_id: str, account_id: str) -> bool:
    """Whether this account ever signed in on this browser."""
    found = await db.scalar(select(device_accounts.c.device_id).where(*_pair(device_id, account_id)))
    return found is not None


def _pair(device_id: str, account_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return device_accounts.c.device_id == device_id, device_accounts.c.account_id == account_id
