"""Gives an account another phone number. Told are the mailbox and the old number, if that one was proven (RC-18)."""

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.lifecycle.end_account_access import end_account_access
from idp.lifecycle.notices import notify_owner, text_owner
from idp.sealing import MasterKeys
from idp.sessions.session import BrowserSession, EndReason


async def replace_phone(
    db: AsyncConnection, keys: MasterKeys, session: BrowserSession, *, phone: str, origin: Origin
) -> None:
    """A number that was proven by its code becomes the account's. It is a way back in, so all other sessions end."""
    account_id = session.account_id
    await _tell_old_number(db, keys, account_id, origin=origin)
    await accounts.replace_phone(db, account_id, phone=phone, now=origin.now)
    await record(db, Event.PHONE_CHANGED, outcome="success", origin=origin, account_id=account_id)
    await record(db, Event.PHONE_VERIFIED, outcome="success", origin=origin, account_id=account_id)
    await notify_owner(db, keys, account_id=account_id, kind="phone_changed", origin=origin)
    await end_account_access(db, account_id, reason=EndReason.RECOVERY_CHANGED, origin=origin, spare_session=session.id)


async def correct_phone(
    db: AsyncConnection, keys: MasterKeys, account_id: str, *, phone: str, tells_mailbox: bool, origin: Origin
) -> None:
    """While the number waits for its proof: another one does so from now on."""
    await _tell_old_number(db, keys, account_id, origin=origin)
    await accounts.change_phone(db, account_id, phone=phone, now=origin.now)
    await record(db, Event.PHONE_CHANGED, outcome="success", origin=origin, account_id=account_id)
    if tells_mailbox:
        await notify_owner(db, keys, account_id=account_id, kind="phone_changed", origin=origin)


async def _tell_old_number(db: AsyncConnection, keys: MasterKeys, account_id: str, *, origin: Origin) -> None:
    """Before the change: afterwards nobody knows the old number."""
    await text_owner(db, keys, account_id=account_id, kind="phone_changed", origin=origin)
