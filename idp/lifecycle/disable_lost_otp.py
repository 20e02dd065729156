"""Turns OTP off for somebody who lost its device and has proven password, mailbox and phone (F5).

The key and the codes that stood in for it go, every other session and all grants end, and the owner is told on both
channels, each message with a link that objects (MF-16).
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.account import Account
from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.credentials import otp_recoveries
from idp.credentials import store as credentials
from idp.credentials.otp_recoveries import OtpRecovery
from idp.lifecycle.end_account_access import end_account_access
from idp.lifecycle.notices import circumstances, notify_owner
from idp.lifecycle.objections import make_objection, objection_url
from idp.messaging.outbox import Message, enqueue
from idp.sealing import MasterKeys
from idp.sessions.session import EndReason
from idp.settings import Settings


async def disable_lost_otp(
    db: AsyncConnection,
    keys: MasterKeys,
    recovery: OtpRecovery,
    *,
    account: Account,
    settings: Settings,
    origin: Origin,
) -> bool:
    """False, and nothing changed, when the recovery is no longer where it stood. Its own session lives on."""
    if await otp_recoveries.finish(db, recovery, now=origin.now) is None:
        return False
    await credentials.delete_otp(db, account.id)
    await otp_recoveries.end_all(db, account.id, now=origin.now)
    await record(
        db,
        Event.OTP_DISABLED,
        outcome="success",
        origin=origin,
        account_id=account.id,
        session_id=recovery.session_id,
        details={"way": "lost_device", "recovery": recovery.id},
    )
    await end_account_access(
        db, account.id, reason=EndReason.OTP_CHANGED, origin=origin, spare_session=recovery.session_id
    )
    token = await make_objection(
        db,
        account_id=account.id,
        subject="otp_recovered",
        reference=recovery.id,
        lifetime=int(settings.objection_lifetime.total_seconds()),
        now=origin.now,
    )
    await _tell_owner(db, keys, account, link=objection_url(settings.issuer, token), origin=origin)
    return True


async def _tell_owner(db: AsyncConnection, keys: MasterKeys, account: Account, *, link: str, origin: Origin) -> None:
    values = circumstances(origin) | {"link": link}
    await notify_owner(db, keys, account_id=account.id, kind="otp_recovered", origin=origin, values=values)
    message = Message(
        channel="sms",
        kind="otp_recovered",
        account_id=account.id,
        recipient=account.phone or "",
        locale=account.locale,
        values=values,
    )
    await enqueue(db, keys, message, origin.now)
