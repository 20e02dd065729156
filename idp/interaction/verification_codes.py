"""Sends the codes that verify an address or a number, with the waits and caps that keep them from being a weapon.

A new code joins the transaction of the ones before: messages arrive out of order, and five tries are for all of them.
"""

from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.account import Account
from idp.audit.events import Event
from idp.audit.record import record
from idp.credentials.one_time_codes import CodeRequest, can_send, issue_code, seconds_until_resend
from idp.interaction.conversation import Conversation
from idp.lifecycle.notices import circumstances
from idp.messaging.outbox import Message, enqueue
from idp.web.pages import PageError

VERIFY_EMAIL = "verify_email"
VERIFY_PHONE = "verify_phone"
LINK_PATH = "/verify/email/link"


async def send_email_code(
    db: AsyncConnection, conversation: Conversation, *, account: Account | None, email: str, transaction_id: str | None
) -> str | PageError:
    """The transaction that the code belongs to, or why none was sent.

    Without an account the address has one already, which its owner is told of; the page looks the same (F1.5).
    """
    refusal = await _refusal(db, transaction_id, email, conversation.now)
    if refusal is not None:
        return refusal
    settings = conversation.wiring.settings
    lifetime = int(settings.email_code_lifetime.total_seconds())
    request = CodeRequest(
        purpose=VERIFY_EMAIL,
        account_id=account.id if account else None,
        device_id=conversation.scope.device_id,
        target=email,
        lifetime=lifetime,
        transaction_id=transaction_id,
        with_link=True,
    )
    issued = await issue_code(db, conversation.wiring.master_keys, request, conversation.now)
    values = circumstances(conversation.scope.origin)
    if account is not None:
        link = f"{settings.issuer}{LINK_PATH}?{urlencode({'t': issued.link_token or ''})}"
        values |= {"code": issued.code, "link": link}
    message = Message(
        channel="mail",
        kind="verify_email" if account else "account_exists",
        account_id=account.id if account else None,
        recipient=email,
        locale=account.locale if account else conversation.locale,
        values=values,
        expires_at=conversation.now + lifetime,
    )
    await _send(db, conversation, message)
    return issued.transaction_id


async def send_sms_code(
    db: AsyncConnection, conversation: Conversation, *, account: Account, transaction_id: str | None
) -> str | PageError:
    """The transaction that the code belongs to, or why none was sent."""
    phone = account.phone or ""
    refusal = await _refusal(db, transaction_id, phone, conversation.now)
    if refusal is not None:
        return refusal
    lifetime = int(conversation.wiring.settings.sms_code_lifetime.total_seconds())
    request = CodeRequest(
        purpose=VERIFY_PHONE,
        account_id=account.id,
        device_id=conversation.scope.device_id,
        target=phone,
        lifetime=lifetime,
        transaction_id=transaction_id,
    )
    issued = await issue_code(db, conversation.wiring.master_keys, request, conversation.now)
    message = Message(
        channel="sms",
        kind="verify_phone",
        account_id=account.id,
        recipient=phone,
        locale=account.locale,
        values={"code": issued.code},
        expires_at=conversation.now + lifetime,
    )
    await _send(db, conversation, message)
    return issued.transaction_id


async def _refusal(db: AsyncConnection, transaction_id: str | None, target: str, now: int) -> PageError | None:
    if transaction_id is not None and (wait := await seconds_until_resend(db, transaction_id, now)):
        return PageError("", "resend.wait", {"n": wait})
    if not await can_send(db, target, now):
        return PageError("", "resend.limit")
    return None


async def _send(db: AsyncConnection, conversation: Conversation, message: Message) -> None:
    await enqueue(db, conversation.wiring.master_keys, message, conversation.now)
    await record(
        db,
        Event.VERIFICATION_SENT,
        outcome="success",
        origin=conversation.scope.origin,
        account_id=message.account_id,
        details={"channel": message.channel},
    )
