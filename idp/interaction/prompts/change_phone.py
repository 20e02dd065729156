"""Corrects a number while its code is waited for ("Change Phone Number"): mistyped, out of date, or a landline."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.accounts.account import Account
from idp.accounts.identifiers import InvalidPhone, mask_phone, normalise_phone
from idp.audit.events import Event
from idp.audit.record import record
from idp.credentials import store as credentials
from idp.credentials.otp import digits_of
from idp.interaction.attempts import password_counter, reserve_attempt
from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.prompt import Completed, Detour, Outcome, Rejected
from idp.interaction.prompts.enter_otp import check_code, spend_code
from idp.interaction.prompts.verify_phone import VerifyPhone, awaits_sms_code
from idp.lifecycle.notices import notify_owner
from idp.lifecycle.sms_limits import sms_limits_of
from idp.protocol.errors import ErrorCode
from idp.sessions.evidence import Proof
from idp.throttling import attempts
from idp.throttling.attempts import DailyCap
from idp.web.forms import Form
from idp.web.pages import PageError

_CHANGES_A_DAY = DailyCap(limit=5)


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
            "needs_password": _needs_password(conversation),
            "needs_otp": _needs_otp(conversation),
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
        if refused := await reserve_attempt(conversation, changes, policy=_CHANGES_A_DAY, field="phone"):
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
        await accounts.change_phone(db, account.id, phone=prepared.phone, now=scope.now)
        await record(db, Event.PHONE_CHANGED, outcome="success", origin=scope.origin, account_id=account.id)
        keys = conversation.wiring.master_keys
        if account.email_is_verified and Memo.REGISTERING not in flow.memo:
            await notify_owner(db, keys, account_id=account.id, kind="phone_changed", origin=scope.origin)
        return Detour(VerifyPhone.path, flow.with_notice("phone_changed"))


async def _prove(conversation: Conversation, account: Account, form: Form) -> _Change | PageError:
    """The password, and the OTP code of an account that has OTP: each unless it was proven minutes ago (SE-12)."""
    counter, step = None, None
    if _needs_password(conversation):
        async with conversation.wiring.database.reading() as db:
            counter = await password_counter(db, conversation, account, account.login_email)
            stored = await credentials.find_password_hash(db, account.id)
        if refused := await reserve_attempt(conversation, counter):
            return refused
        if not (await conversation.wiring.hasher.verify(stored, form.one("password"))).matches:
            return PageError("password", "password.wrong")
    if _needs_otp(conversation):
        checked = await check_code(conversation, account.id, digits_of(form.one("code")))
        if isinstance(checked, PageError):
            return checked
        if checked.step is None:
            return PageError("code", checked.message)
        step = checked.step
    return _Change(account.phone or "", counter, step)


def _needs_password(conversation: Conversation) -> bool:
    session = conversation.facts.session
    return session is None or _is_old(conversation, session.evidence.password)


def _needs_otp(conversation: Conversation) -> bool:
    session = conversation.facts.session
    return conversation.facts.has_otp and (session is None or _is_old(conversation, session.evidence.otp))


def _is_old(conversation: Conversation, proof: Proof | None) -> bool:
    recent = int(conversation.wiring.settings.confirmation_lifetime.total_seconds())
    return proof is None or conversation.now - proof.at > recent
