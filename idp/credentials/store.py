"""Rows of `passwords` and `otp_keys`. OTP keys are sealed for their account: a row moved to another one stays shut."""

from dataclasses import dataclass, field

from sqlalchemy import String, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.credentials.recovery_codes import delete_codes
from idp.credentials.table import otp_keys, passwords
from idp.database.prepared import Prepared
from idp.database.upsert import insert_for
from idp.sealing import MasterKeys

_PURPOSE = "otp-key"
_PENDING = "pending"
_ACTIVE = "active"
_NEVER = -1

# What every login asks is made once: see `accounts.store`.
_GIVEN_ACCOUNT = bindparam("given_account_id", type_=String)
PASSWORD_HASH = select(passwords.c.account_id, passwords.c.hash).where(passwords.c.account_id == _GIVEN_ACCOUNT)
_PASSWORD_HASH = Prepared(PASSWORD_HASH)
_HELD_HASH = Prepared(PASSWORD_HASH.with_for_update())
_ACTIVE_OTP = Prepared(
    select(otp_keys.c.account_id).where(otp_keys.c.account_id == _GIVEN_ACCOUNT, otp_keys.c.status == _ACTIVE)
)


@dataclass(frozen=True, slots=True)
class OtpKey:
    """An opened OTP key. `last_step` is the newest step that was spent; `session_id` belongs to a pending key."""

    account_id: str
    key: str = field(repr=False)
    sealed_key: bytes = field(repr=False)
    last_step: int
    session_id: str | None
    created_at: int


async def find_password_hash(db: AsyncConnection, account_id: str) -> str | None:
    row = await _PASSWORD_HASH.first(db, {"given_account_id": account_id})
    return None if row is None else row.hash


async def is_current_hash(db: AsyncConnection, account_id: str, password_hash: str | None) -> bool:
    """Whether a password that was checked against this hash still is the password; it stays so until the commit."""
    if password_hash is None:
        return False
    row = await _HELD_HASH.first(db, {"given_account_id": account_id})
    return row is not None and row.hash == password_hash


async def find_password_time(db: AsyncConnection, account_id: str) -> int | None:
    """When the password was set: a NumericDate."""
    found: int | None = await db.scalar(select(passwords.c.changed_at).where(passwords.c.account_id == account_id))
    return found


async def set_password(db: AsyncConnection, account_id: str, password_hash: str, now: int) -> None:
    """Makes this the account's password, whatever it was before."""
    changed = {"hash": password_hash, "changed_at": now}
    await db.execute(
        insert_for(db)(passwords)
        .values(account_id=account_id, **changed)
        .on_conflict_do_update(index_elements=["account_id"], set_=changed)
    )


async def replace_hash(db: AsyncConnection, account_id: str, *, old_hash: str, new_hash: str) -> bool:
    """The same password under newer parameters; False when it was changed or replaced in the meantime."""
    statement = update(passwords).where(passwords.c.account_id == account_id, passwords.c.hash == old_hash)
    replaced: str | None = await db.scalar(statement.values(hash=new_hash).returning(passwords.c.account_id))
    return replaced is not None


async def put_pending_otp_key(
    db: AsyncConnection, keys: MasterKeys, account_id: str, *, key: str, session_id: str, now: int
) -> None:
    """Keeps a key that waits for its first code. An earlier pending one is gone for good."""
    pending = {
        "sealed_key": keys.seal(key.encode(), purpose=_PURPOSE, context=account_id),
        "last_step": _NEVER,
        "session_id": session_id,
        "created_at": now,
    }
    await db.execute(
        insert_for(db)(otp_keys)
        .values(account_id=account_id, status=_PENDING, **pending)
        .on_conflict_do_update(index_elements=["account_id", "status"], set_=pending)
    )


async def find_pending_otp_key(
    db: AsyncConnection, keys: MasterKeys, account_id: str, *, session_id: str
) -> OtpKey | None:
    """The key this browser session asked for; raises `SealBroken`."""
    found = await _find_otp_key(db, keys, account_id, _PENDING)
    return found if found is not None and found.session_id == session_id else None


async def delete_pending_otp_key(db: AsyncConnection, account_id: str) -> None:
    """Ends an attempt to set up OTP: its key never works."""
    await db.execute(delete(otp_keys).where(otp_keys.c.account_id == account_id, otp_keys.c.status == _PENDING))


async def activate_otp_key(
    db: AsyncConnection, account_id: str, *, step: int, session_id: str, now: int, pending: OtpKey | None = None
) -> bool:
    """The pending key becomes the active one, with `step` spent; False when it is another session's, or gone.

    `pending`: the key that the code was checked against; one that replaced it since is not activated.
    """
    taken = delete(otp_keys).where(
        otp_keys.c.account_id == account_id, otp_keys.c.status == _PENDING, otp_keys.c.session_id == session_id
    )
    if pending is not None:
        taken = taken.where(otp_keys.c.sealed_key == pending.sealed_key)
    sealed_key: bytes | None = await db.scalar(taken.returning(otp_keys.c.sealed_key))
    if sealed_key is None:
        return False
    active = {"sealed_key": sealed_key, "last_step": step, "session_id": None, "created_at": now}
    await db.execute(
        insert_for(db)(otp_keys)
        .values(account_id=account_id, status=_ACTIVE, **active)
        .on_conflict_do_update(index_elements=["account_id", "status"], set_=active)
    )
    return True


async def find_active_otp_key(db: AsyncConnection, keys: MasterKeys, account_id: str) -> OtpKey | None:
    """The key that codes are checked against; raises `SealBroken`."""
    return await _find_otp_key(db, keys, account_id, _ACTIVE)


async def has_active_otp(db: AsyncConnection, account_id: str) -> bool:
    return await _ACTIVE_OTP.first(db, {"given_account_id": account_id}) is not None


async def spend_otp_step(db: AsyncConnection, account_id: str, *, step: int) -> bool:
    """RFC 6238 §5.2: the one try that spends a step gets True; older steps are dead from then on."""
    statement = update(otp_keys).where(
        otp_keys.c.account_id == account_id, otp_keys.c.status == _ACTIVE, otp_keys.c.last_step < step
    )
    spent: int | None = await db.scalar(statement.values(last_step=step).returning(otp_keys.c.last_step))
    return spent is not None


async def delete_otp(db: AsyncConnection, account_id: str) -> bool:
    """Removes the active key, any pending one and the recovery codes; False when OTP was off already."""
    gone = await db.scalars(delete(otp_keys).where(otp_keys.c.account_id == account_id).returning(otp_keys.c.status))
    statuses = gone.all()
    await delete_codes(db, account_id)
    return _ACTIVE in statuses


async def hold_otp(db: AsyncConnection, account_id: str) -> bool:
    """Whether the account has OTP; it keeps it, and whoever else holds or spends it waits, until the commit."""
    statement = select(otp_keys.c.account_id).where(otp_keys.c.account_id == account_id, otp_keys.c.status == _ACTIVE)
    return await db.scalar(statement.with_for_update()) is not None


async def _find_otp_key(db: AsyncConnection, keys: MasterKeys, account_id: str, status: str) -> OtpKey | None:
    row = (
        await db.execute(
            select(otp_keys.c.sealed_key, otp_keys.c.last_step, otp_keys.c.session_id, otp_keys.c.created_at).where(
                otp_keys.c.account_id == account_id, otp_keys.c.status == status
            )
        )
    ).one_or_none()
    if row is None:
        return None
    key = keys.open(row.sealed_key, purpose=_PURPOSE, context=account_id).decode("ascii")
    return OtpKey(
        account_id=account_id,
        key=key,
        sealed_key=row.sealed_key,
        last_step=row.last_step,
        session_id=row.session_id,
        created_at=row.created_at,
    )
