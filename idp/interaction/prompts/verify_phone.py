"""The SMS code that proves the phone; "Send SMS" comes first, so that no page sends one by being opened."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.accounts.identifiers import mask_phone
from idp.audit.events import Event
from idp.audit.record import record
from idp.credentials.one_time_codes import CodeRefusal, last_sent_at, redeem_code, seconds_until_resend
from idp.credentials.otp import digits_of
from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.prompt import Completed, Outcome, Rejected
from idp.interaction.requirements import needs_otp, needs_password
from idp.interaction.verification_codes import VERIFY_PHONE
from idp.protocol.errors import ErrorCode
from idp.web.code_delivery import held_up_notice
from idp.web.contact import contact_url
from idp.web.forms import Form
from idp.web.pages import PageError


def awaits_sms_code(flow: Flow, facts: Facts) -> bool:
    """An account that names a phone has to prove it, where the installation says so; never before the login itself."""
    if needs_password(flow, facts) or needs_otp(flow, facts):
        return False
    account = facts.account
    return (
        facts.rules.verifies_phones
        and account is not None
        and account.phone is not None
        and not account.phone_is_verified
    )


class VerifyPhone:
    name = "verify_phone"
    path = "/verify/phone"
    error = ErrorCode.INTERACTION_REQUIRED

    def needed(self, flow: Flow, facts: Facts) -> bool:
        return awaits_sms_code(flow, facts)

    def reachable(self, _flow: Flow, _facts: Facts) -> bool:
        return False

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        flow, account = conversation.flow, conversation.facts.account
        transaction_id = flow.memo.get(Memo.SMS_CODES)
        masked_phone = mask_phone(account.phone) if account and account.phone else ""
        wait, asked_at = 0, None
        if transaction_id:
            async with conversation.wiring.database.reading() as db:
                wait = await seconds_until_resend(db, transaction_id, conversation.now)
                asked_at = await last_sent_at(db, transaction_id)
        return "verify_phone.html", {
            "sent": transaction_id is not None,
            "send_action": conversation.url("/verify/phone/send"),
            "action": conversation.url(self.path),
            "change_url": conversation.url("/verify/phone/change"),
            "contact_url": contact_url(conversation.wiring.master_keys, asked_at=asked_at, masked_target=masked_phone),
            "masked_phone": masked_phone,
            "seconds_until_resend": wait,
            "progress": (3, 3) if Memo.REGISTERING in flow.memo else None,
            **await held_up_notice(conversation.wiring, transaction_id),
        }

    async def prepare(self, _conversation: Conversation, form: Form) -> str | Rejected:
        code = digits_of(form.one("code"))
        if len(code) != 6:
            return Rejected((PageError("code", "code.length" if code else "code.missing"),))
        return code

    async def submit(self, db: AsyncConnection, conversation: Conversation, _form: Form, prepared: str) -> Outcome:
        scope, account = conversation.scope, conversation.facts.account
        redeemed = await redeem_code(
            db,
            conversation.wiring.master_keys,
            transaction_id=conversation.flow.memo.get(Memo.SMS_CODES, ""),
            purpose=VERIFY_PHONE,
            device_id=scope.device_id,
            code=prepared,
            now=scope.now,
        )
        refusal = redeemed if isinstance(redeemed, CodeRefusal) else None
        if not isinstance(redeemed, CodeRefusal) and (account is None or redeemed.account_id != account.id):
            refusal = CodeRefusal.WRONG  # RC-14: another account's code proves nothing here
        if refusal is not None or isinstance(redeemed, CodeRefusal):
            await record(
                db,
                Event.VERIFICATION_FAILED,
                outcome="failure",
                origin=scope.origin,
                account_id=account.id if account else None,
            )
            return Rejected((PageError("code", f"code.{refusal}"),))
        if not await accounts.verify_phone(db, redeemed.account_id, phone=redeemed.target, now=scope.now):
            return Rejected((PageError("code", "code.expired"),))  # the number was changed meanwhile
        await record(db, Event.PHONE_VERIFIED, outcome="success", origin=scope.origin, account_id=redeemed.account_id)
        return Completed(conversation.flow.without_messages().forgetting(Memo.SMS_CODES))
