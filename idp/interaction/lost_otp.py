"""OTP without its device: the mail with the link, and the SMS with the code (F5).

Whoever is here has proven the password in a session that is not active yet. What was proven after it stands in
`otp_recoveries`, never in the flow, which carries nothing but the row's id.
"""

from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.account import Account
from idp.audit.events import Event
from idp.audit.record import record
from idp.credentials import otp_recoveries
from idp.credentials.one_time_codes import RESEND_SECONDS, CodeRequest, IssuedCode, can_send
from idp.credentials.otp_recoveries import OtpRecovery
from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.requirements import needs_otp, needs_password
from idp.lifecycle.code_messages import NotSent, send_code
from idp.lifecycle.notices import circumstances
from idp.lifecycle.sms_limits import sms_limits_of
from idp.messaging.outbox import Message, enqueue
from idp.sealing import new_id, new_secret
from idp.sessions.session import BrowserSession
from idp.web.code_delivery import not_sent_error
from idp.web.pages import PageError
from idp.web.scope import PageScope

LOST_OTP = "lost_otp"  # the purpose of its SMS codes, and of its CAPTCHA
LINK_PATH = "/lost-otp"
ASK_PATH = "/lost-otp/sent"
CODE_PATH = "/lost-otp/code"
SEND_PATH = "/lost-otp/send"


def may_lose_otp(flow: Flow, facts: Facts) -> bool:
    """After the password, before the OTP, in a session that is not active: elsewhere OTP is turned off with its code.

    RC-26: an address that was never proven is no way to recover anything. MF-18: an operator asks a colleague.
    """
    if needs_password(flow, facts) or not needs_otp(flow, facts):
        return False
    if facts.session is None or facts.account is None or facts.account.is_operator:
        return False
    return not facts.session.is_active and facts.account.email_is_verified


async def ask(db: AsyncConnection, conversation: Conversation, account: Account, session: BrowserSession) -> int:
    """Mails the link, unless one went out within the last minute, or too many did: the page looks the same.

    Returns when the link was mailed that the page speaks of.
    """
    scope, now = conversation.scope, conversation.now
    # Whoever counts first waits here for the others, the account's own links included.
    has_room = await can_send(db, account.login_email, now)
    last = await otp_recoveries.find_last_time(db, account.id)
    if last is not None and now - last < RESEND_SECONDS:
        return last
    is_sent = has_room and await otp_recoveries.may_ask(db, account.id, now)
    if is_sent:
        await _mail_link(db, conversation, account, session)
    await record(
        db,
        Event.LOST_OTP_ASKED,
        outcome="success" if is_sent else "refused",
        origin=scope.origin,
        account_id=account.id,
        session_id=session.id,
    )
    return now


async def _mail_link(
    db: AsyncConnection, conversation: Conversation, account: Account, session: BrowserSession
) -> None:
    scope, settings = conversation.scope, conversation.wiring.settings
    expires_at = scope.now + int(settings.lost_otp_link_lifetime.total_seconds())
    token = new_secret()
    link = f"{settings.issuer}{LINK_PATH}?{urlencode({'t': token})}"
    message = Message(
        channel="mail",
        kind="lost_otp",
        account_id=account.id,
        recipient=account.login_email,
        locale=account.locale,
        values=circumstances(scope.origin) | {"link": link},
        expires_at=expires_at,
    )
    message_id = await enqueue(db, conversation.wiring.master_keys, message, scope.now)
    flow = conversation.flow.without_messages().remembering(**{Memo.CHOSEN_SESSION: session.id})
    recovery = OtpRecovery(
        id=new_id(),
        account_id=account.id,
        session_id=session.id,
        device_id=scope.device_id,
        flow=conversation.sealer.seal(flow),
        user_agent=scope.origin.user_agent,
        address=scope.origin.address,
        message_id=message_id,
        created_at=scope.now,
        expires_at=expires_at,
    )
    await otp_recoveries.insert(db, recovery, link_token=token)


async def text_code(db: AsyncConnection, scope: PageScope, recovery: OtpRecovery, account: Account) -> PageError | None:
    """Texts a code, first or again; or why none was sent. All codes of a recovery share five tries."""
    settings, phone = scope.wiring.settings, account.phone or ""
    lifetime = int(settings.sms_code_lifetime.total_seconds())
    request = CodeRequest(
        purpose=LOST_OTP,
        account_id=account.id,
        device_id=recovery.device_id,
        target=phone,
        lifetime=lifetime,
        transaction_id=recovery.sms_transaction_id,
    )

    def write(issued: IssuedCode) -> Message:
        return Message(
            channel="sms",
            kind="lost_otp_code",
            account_id=account.id,
            recipient=phone,
            locale=account.locale,
            values={"code": issued.code},
            expires_at=scope.now + lifetime,
        )

    keys, limits = scope.wiring.master_keys, sms_limits_of(settings)
    sent = await send_code(db, keys, request, write, sms=limits, origin=scope.origin)
    if isinstance(sent, NotSent):
        return not_sent_error(sent)
    await otp_recoveries.remember_code(db, recovery.id, sent.transaction_id)
    return None


async def find_own(db: AsyncConnection, conversation: Conversation) -> OtpRecovery | None:
    """The recovery whose SMS code this very session, in this very browser, may type now."""
    session = conversation.facts.session
    recovery = await otp_recoveries.find(db, conversation.flow.memo.get(Memo.LOST_OTP, ""))
    if recovery is None or session is None:
        return None
    is_own = recovery.awaits_code(session_id=session.id, device_id=conversation.scope.device_id, now=conversation.now)
    return recovery if is_own else None
