"""The code that was mailed, for an account whose address is not proven yet."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.accounts.account import Account
from idp.accounts.identifiers import mask_email_short
from idp.audit.events import Event
from idp.audit.record import record
from idp.credentials import store as credentials
from idp.credentials.one_time_codes import CodeRefusal, is_spent, last_sent_at, redeem_code, seconds_until_resend
from idp.credentials.otp import digits_of
from idp.devices import store as devices
from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.prompt import Completed, Outcome, Rejected
from idp.interaction.sign_in import activate_session, sign_in
from idp.interaction.verification_codes import VERIFY_EMAIL
from idp.protocol.errors import ErrorCode
from idp.sessions.evidence import Factor
from idp.web.code_delivery import held_up_notice
from idp.web.contact import contact_url
from idp.web.forms import Form
from idp.web.pages import PageError

_CLICKED = ""  # "I clicked the link" was pressed instead of a code typed


def awaits_email_code(flow: Flow, facts: Facts) -> bool:
    """After the registration form nobody is signed in yet: the code is what signs in. Later, the password is."""
    if facts.account is not None:
        return not facts.account.email_is_verified
    return Memo.REGISTERING in flow.memo


class VerifyEmail:
    name = "verify_email"
    path = "/verify/email"
    error = ErrorCode.INTERACTION_REQUIRED

    def needed(self, flow: Flow, facts: Facts) -> bool:
        return awaits_email_code(flow, facts)

    def reachable(self, _flow: Flow, _facts: Facts) -> bool:
        return False

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        flow = conversation.flow
        transaction_id = flow.memo.get(Memo.EMAIL_CODES)
        email = email_in_question(conversation)
        wait, asked_at = 0, None
        if transaction_id:
            async with conversation.wiring.database.reading() as db:
                wait = await seconds_until_resend(db, transaction_id, conversation.now)
                asked_at = await last_sent_at(db, transaction_id)
        masked = mask_email_short(email) if email else ""
        return "verify_email.html", {
            "action": conversation.url(self.path),
            "resend_action": conversation.url("/verify/email/send"),
            "change_url": conversation.url("/verify/email/change"),
            "contact_url": contact_url(conversation.wiring.master_keys, asked_at=asked_at, masked_target=masked),
            "email": email,
            "seconds_until_resend": wait,
            "progress": (2, 3) if Memo.REGISTERING in flow.memo else None,
            **await held_up_notice(conversation.wiring, transaction_id),
        }

    async def prepare(self, _conversation: Conversation, form: Form) -> str | Rejected:
        if form.one("clicked"):
            return _CLICKED
        code = digits_of(form.one("code"))
        if len(code) != 6:
            return Rejected((PageError("code", "code.length" if code else "code.missing"),))
        return code

    async def submit(self, db: AsyncConnection, conversation: Conversation, _form: Form, prepared: str) -> Outcome:
        scope, transaction_id = conversation.scope, conversation.flow.memo.get(Memo.EMAIL_CODES, "")
        refusal: CodeRefusal | None = CodeRefusal.USED
        if prepared != _CLICKED:
            redeemed = await redeem_code(
                db,
                conversation.wiring.master_keys,
                transaction_id=transaction_id,
                purpose=VERIFY_EMAIL,
                device_id=scope.device_id,
                code=prepared,
                now=scope.now,
            )
            refusal = redeemed if isinstance(redeemed, CodeRefusal) else None
            if not isinstance(redeemed, CodeRefusal):
                await accounts.verify_email(db, redeemed.account_id, email=redeemed.target, now=scope.now)
                await record(
                    db, Event.EMAIL_VERIFIED, outcome="success", origin=scope.origin, account_id=redeemed.account_id
                )
        # A used code may have been proven by the link in the same mail, perhaps on another device.
        if refusal is None or (refusal is CodeRefusal.USED and await is_spent(db, transaction_id)):
            account = await _proven_account(db, conversation)
            if account is not None:
                return await _go_on(db, conversation, account)
        if prepared == _CLICKED:
            return Rejected((PageError("code", "link.unopened"),))
        await record(db, Event.VERIFICATION_FAILED, outcome="failure", origin=scope.origin)
        return Rejected((PageError("code", f"code.{refusal or CodeRefusal.WRONG}"),))


async def _proven_account(db: AsyncConnection, conversation: Conversation) -> Account | None:
    """The account in question, if its address is proven now."""
    in_session = conversation.facts.account
    account_id = in_session.id if in_session else conversation.flow.memo.get(Memo.APPLICANT, "")
    account = await accounts.find(db, account_id)
    return account if account is not None and account.is_active and account.email_is_verified else None


async def _go_on(db: AsyncConnection, conversation: Conversation, account: Account) -> Outcome:
    """Signs in whoever registered here (the password was typed into this flow's form), or completes the login."""
    has_otp = await credentials.has_active_otp(db, account.id)
    if conversation.facts.account is None:
        if not await _signs_in(db, conversation, account):
            flow = conversation.flow.without_messages().forgetting(Memo.REGISTERING, Memo.APPLICANT, Memo.EMAIL_CODES)
            return Completed(flow._replace(values={"username": account.login_email}))
        await sign_in(db, conversation, account, factor=Factor.PASSWORD, has_otp=has_otp)
    else:
        await activate_session(db, conversation, account, has_otp=has_otp)
    sessions = conversation.scope.sessions.entries
    session_id = next((entry.session.id for entry in sessions if entry.account.id == account.id), "")
    flow = conversation.flow.without_messages().with_notice("email_confirmed")
    return Completed(flow.remembering(**{Memo.CHOSEN_SESSION: session_id}))


async def _signs_in(db: AsyncConnection, conversation: Conversation, account: Account) -> bool:
    """Once, and with the password that this registration has set: its old address is no password (AZ-26)."""
    is_known = await devices.is_known(db, conversation.scope.device_id, account.id)
    return not is_known and await credentials.find_password_time(db, account.id) == account.created_at


def email_in_question(conversation: Conversation) -> str:
    account = conversation.facts.account
    return account.login_email if account else conversation.flow.memo.get(Memo.EMAIL, "")
