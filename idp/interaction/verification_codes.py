"""Sends the codes that verify an address or a number, with the waits and caps that keep them from being a weapon.

A new code joins the transaction of the ones before: messages arrive out of order, and five tries are for all of them.
"""

from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.account import Account
from idp.credentials.one_time_codes import CodeRequest, IssuedCode
from idp.interaction.conversation import Conversation
from idp.lifecycle.code_messages import NotSent, send_code
from idp.lifecycle.notices import circumstances
from idp.lifecycle.sms_limits import sms_limits_of
from idp.messaging.outbox import Message
from idp.web.code_delivery import not_sent_error
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

    def write(issued: IssuedCode) -> Message:
        values = circumstances(conversation.scope.origin)
        if account is not None:
            link = f"{settings.issuer}{LINK_PATH}?{urlencode({'t': issued.link_token or ''})}"
            values |= {"code": issued.code, "link": link}
        return Message(
            channel="mail",
            kind="verify_email" if account else "account_exists",
            account_id=account.id if account else None,
            recipient=email,
            locale=account.locale if account else conversation.locale,
            values=values,
            expires_at=conversation.now + lifetime,
        )

    sent = await send_code(db, conversation.wiring.master_keys, request, write, origin=conversation.scope.origin)
    return not_sent_error(sent) if isinstance(sent, NotSent) else sent.transaction_id


async def send_sms_code(
    db: AsyncConnection, conversation: Conversation, *, account: Account, transaction_id: str | None
) -> str | PageError:
    """The transaction that the code belongs to, or why none was sent."""
    settings, phone = conversation.wiring.settings, account.phone or ""
    lifetime = int(settings.sms_code_lifetime.total_seconds())
    request = CodeRequest(
        purpose=VERIFY_PHONE,
        account_id=account.id,
        device_id=conversation.scope.device_id,
        target=phone,
        lifetime=lifetime,
        transaction_id=transaction_id,
    )

    def write(issued: IssuedCode) -> Message:
        return Message(
            channel="sms",
            kind="verify_phone",
            account_id=account.id,
            recipient=phone,
            locale=account.locale,
            values={"code": issued.code},
            expires_at=conversation.now + lifetime,
        )

    keys, limits = conversation.wiring.master_keys, sms_limits_of(settings)
    sent = await send_code(db, keys, request, write, sms=limits, origin=conversation.scope.origin)
    return not_sent_error(sent) if isinstance(sent, NotSent) else sent.transaction_id
