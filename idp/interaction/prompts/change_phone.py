"""Corrects a number while its code is waited for ("Change Phone Number"): mistyped, out of date, or a landline."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.account import Account
from idp.accounts.identifiers import InvalidPhone, mask_phone, normalise_phone
from idp.credentials.otp import digits_of
from idp.interaction.attempts import password_counter, reserve_attempt
from idp.interaction.confirmation import MissingProof, missing_proof
from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.phone_change import CHANGES_A_DAY
from idp.interaction.prompt import Completed, Detour, Outcome, Rejected
from idp.interaction.prompts.enter_otp import check_code, spend_code
from idp.interaction.prompts.verify_phone import VerifyPhone, awaits_sms_code
from idp.lifecycle.change_phone import correct_phone
from idp.lifecycle.sms_limits import sms_limits_of
from idp.protocol.errors import ErrorCode
from idp.throttling import attempts
from idp.web.forms import Form
from idp.web.pages import PageError


@dataclass(frozen=True, slots=True)
class _Change:
    """`counter` is that of a password, `step` that of an OTP code; None: it need not be typed again."""

    phone: str
    counter: str | None
    step: int | None


class ChangePhone:
    name = "change_phone"
    path = "/verify/phone/change"
    error = ErrorCode.INTERACTION_REQUIRED

    def needed(self, _flow: Flow, _facts: Facts) -> bool:
        return False

    def reachable(self, flow: Flow, facts: Facts) -> bool:
        return awaits_sms_code(flow, facts)

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        account = conversation.facts.account
        return "change_phone.html", {
            "action": conversation.url(self.path),
            "back_url": conversation.url(VerifyPhone.path),
            "masked_phone": mask_phone(account.phone) if account and account.phone else "",
            "needs_password": _missing(conversation).password,
            "needs_otp": _missing(conversation).otp,
            "signed_in_as": account.login_email if account else "",
            "values": dict(conversation.flow.values),
        }

    async def prepare(self, conversation: Conversation, form: Form) -> _Change | Rejected:
        typed = form.one("phone").strip()
        values = {"phone": typed[:40]}
        account = conversation.facts.account
        try:
            phone = normalise_phone(typed)
        except InvalidPhone as problem:
            key = f"phone.{problem.reason}" if typed else "phone.missing"
            return Rejected((PageError("phone", key),), values)
        if account is None or phone == account.phone:
            return Rejected((PageError("phone", "phone.same"),), values)
        if not sms_limits_of(conversation.wiring.settings).serves(phone):
            return Rejected((PageError("phone", "phone.country"),), values)
        proven = await _prove(conversation, account, form)
        if isinstance(proven, PageError):
            return Rejected((proven,), values)
        # RC-16: whoever changes the number again and again is not looking for their own.
        changes = f"phone-changes:{account.id}"
        if refused := await reserve_attempt(conversation, changes, policy=CHANGES_A_DAY, field="phone"):
            return Rejected((refused,), values)
        return replace(proven, phone=phone)

    async def submit(self, db: AsyncConnection, conversation: Conversation, _form: Form, prepared: _Change) -> Outcome:
        scope, account = conversation.scope, conversation.facts.account
        flow = conversation.flow.without_messages().forgetting(Memo.SMS_CODES)
        if account is None:
            return Completed(flow)
        if prepared.step is not None and not await spend_code(db, account.id, prepared.step):
            return Rejected((PageError("code", "code.used"),), {"phone": prepared.phone})
        if prepared.counter:
            await attempts.clear(db, prepared.counter)
        await correct_phone(
            db,
            conversation.wiring.master_keys,
            account.id,
            phone=prepared.phone,
            tells_mailbox=account.email_is_verified and Memo.REGISTERING not in flow.memo,
            origin=scope.origin,
        )
        return Detour(VerifyPhone.path, flow.with_notice("phone_changed"))


async def _prove(conversation: Conversation, account: Account, form: Form) -> _Change | PageError:
    """The password, and the OTP code of an account that has OTP: each unless it was proven minutes ago (SE-12)."""
    counter, step = None, None
    if _missing(conversation).password:
        counter = await password_counter(conversation, account, account.login_email)
        stored = await conversation.wiring.passwords.find_hash(account.id)
        with conversation.wiring.hasher.place() as place:
            if refused := await reserve_attempt(conversation, counter):
                return refused
            if not (await conversation.wiring.hasher.verify(stored, form.one("password"), place=place)).matches:
                return PageError("password", "password.wrong")
    if _missing(conversation).otp:
        checked = await check_code(conversation, account.id, digits_of(form.one("code")))
        if isinstance(checked, PageError):
            return checked
        if checked.step is None:
            return PageError("code", checked.message)
        step = checked.step
    return _Change(account.phone or "", counter, step)


def _missing(conversation: Conversation) -> MissingProof:
    facts = conversation.facts
    return missing_proof(conversation.scope, facts.session, has_otp=facts.has_otp)
