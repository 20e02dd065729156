"""The last step without the OTP device: the SMS code and the CAPTCHA. OTP is off afterwards, in one transaction."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.accounts.account import Account
from idp.accounts.identifiers import mask_phone
from idp.audit.events import Event
from idp.audit.record import record
from idp.credentials import otp_recoveries
from idp.credentials.one_time_codes import CodeRefusal, redeem_code, seconds_until_resend
from idp.credentials.otp import digits_of
from idp.credentials.otp_recoveries import OtpRecovery
from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.lost_otp import CODE_PATH, LOST_OTP, SEND_PATH, find_own, may_lose_otp
from idp.interaction.prompt import Completed, Outcome, Rejected
from idp.interaction.prompts.enter_otp import EnterOtp
from idp.interaction.sign_in import activate_session
from idp.lifecycle.disable_lost_otp import disable_lost_otp
from idp.protocol.errors import ErrorCode
from idp.sessions import store as sessions
from idp.web.captcha import WAIT_FIELD, captcha_view, check_captcha
from idp.web.code_delivery import held_up_notice
from idp.web.forms import Form
from idp.web.pages import PageError

_OVER = Rejected(())  # the page says it: there is nothing left to type a code for


def awaits_lost_otp_code(flow: Flow, facts: Facts) -> bool:
    """Whether the flow has come so far; whether the row agrees is asked where it counts."""
    return may_lose_otp(flow, facts) and Memo.LOST_OTP in flow.memo


class EnterLostOtpCode:
    name = "enter_lost_otp_code"
    path = CODE_PATH
    error = ErrorCode.INTERACTION_REQUIRED

    def needed(self, _flow: Flow, _facts: Facts) -> bool:
        return False

    def reachable(self, flow: Flow, facts: Facts) -> bool:
        return awaits_lost_otp_code(flow, facts)

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        flow, account = conversation.flow, conversation.facts.account
        wait = 0
        async with conversation.wiring.database.reading() as db:
            recovery = await find_own(db, conversation)
            if recovery is not None and recovery.sms_transaction_id is not None:
                wait = await seconds_until_resend(db, recovery.sms_transaction_id, conversation.now)
        if recovery is None:
            return "lost_otp_link.html", {"state": "over", "again_url": conversation.url(EnterOtp.path)}
        return "lost_otp_code.html", {
            "action": conversation.url(self.path),
            "resend_action": conversation.url(SEND_PATH),
            "masked_phone": mask_phone(account.phone) if account and account.phone else "",
            "seconds_until_resend": wait,
            **await captcha_view(conversation.scope, LOST_OTP, flow.values),
            **await held_up_notice(conversation.wiring, recovery.sms_transaction_id),
        }

    async def prepare(self, conversation: Conversation, form: Form) -> str | Rejected:
        code = digits_of(form.one("code"))
        waiting = {WAIT_FIELD: form.one(WAIT_FIELD)}
        if len(code) != 6:
            return Rejected((PageError("code", "code.length" if code else "code.missing"),), waiting)
        async with conversation.wiring.database.reading() as db:
            if await find_own(db, conversation) is None:
                return _OVER
        if refused := await check_captcha(conversation.scope, form, LOST_OTP):
            return Rejected((refused,), waiting)
        return code

    async def submit(self, db: AsyncConnection, conversation: Conversation, _form: Form, prepared: str) -> Outcome:
        flow = conversation.flow.without_messages()
        recovery = await find_own(db, conversation)
        if recovery is None:
            return _OVER
        account = await _proven_account(db, conversation, recovery, prepared)
        if isinstance(account, CodeRefusal):
            return await _refused(db, conversation, recovery, account)
        # The session is held: a lock, a logout or another browser comes wholly before this, or wholly after.
        is_waiting = await sessions.hold_partial(db, recovery.session_id, now=conversation.now)
        if not is_waiting or not await _disable(db, conversation, recovery, account):
            return await _refused(db, conversation, recovery, CodeRefusal.EXPIRED)
        await activate_session(db, conversation, account, has_otp=False)
        flow = flow.forgetting(Memo.LOST_OTP, Memo.LOST_OTP_ASKED, Memo.FAILED_CODES)
        return Completed(flow.remembering(**{Memo.LOST_OTP_DONE: "1"}))


async def _proven_account(
    db: AsyncConnection, conversation: Conversation, recovery: OtpRecovery, code: str
) -> Account | CodeRefusal:
    """The account whose own, still verified phone received this code for this very recovery (RC-14)."""
    redeemed = await redeem_code(
        db,
        conversation.wiring.master_keys,
        transaction_id=recovery.sms_transaction_id or "",
        purpose=LOST_OTP,
        device_id=recovery.device_id,
        code=code,
        now=conversation.now,
    )
    if isinstance(redeemed, CodeRefusal):
        return redeemed
    account = await accounts.find(db, recovery.account_id)
    if account is None or not account.is_active or redeemed.account_id != account.id:
        return CodeRefusal.WRONG
    if not account.phone_is_verified or account.phone != redeemed.target:
        return CodeRefusal.EXPIRED  # the number was changed meanwhile
    return account


async def _disable(db: AsyncConnection, conversation: Conversation, recovery: OtpRecovery, account: Account) -> bool:
    wiring = conversation.wiring
    return await disable_lost_otp(
        db,
        wiring.master_keys,
        recovery,
        account=account,
        settings=wiring.settings,
        origin=conversation.scope.origin,
    )


async def _refused(
    db: AsyncConnection, conversation: Conversation, recovery: OtpRecovery, refusal: CodeRefusal
) -> Rejected:
    await record(
        db,
        Event.LOST_OTP_FAILED,
        outcome="failure",
        origin=conversation.scope.origin,
        account_id=recovery.account_id,
        session_id=recovery.session_id,
        details={"reason": refusal, "recovery": recovery.id},
    )
    if refusal is CodeRefusal.EXHAUSTED:
        await otp_recoveries.end(db, recovery.id, now=conversation.now)
        return Rejected((PageError("", "lost_otp.exhausted"),))
    return Rejected((PageError("code", f"code.{refusal}"),))
