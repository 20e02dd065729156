"""The OTP code of an account that has OTP, after its password."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.identifiers import mask_email_short
from idp.audit.events import Event
from idp.audit.record import record
from idp.credentials import store as credentials
from idp.credentials.otp import digits_of, matching_step
from idp.interaction.attempts import OTP_DAY, reserve_attempt
from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.lost_otp import ASK_PATH, may_lose_otp
from idp.interaction.prompt import Completed, Outcome, Rejected
from idp.interaction.requirements import needs_otp
from idp.interaction.sign_in import sign_in
from idp.interaction.unusual_sign_in import warn_of_wrong_code
from idp.protocol.errors import ErrorCode
from idp.sessions.evidence import Factor
from idp.throttling import attempts
from idp.throttling.attempts import GUESSES
from idp.web.forms import Form
from idp.web.pages import PageError


@dataclass(frozen=True, slots=True)
class OtpCode:
    """The step whose code was typed, and why there is none."""

    step: int | None
    message: str = "code.wrong"


class EnterOtp:
    name = "otp"
    path = "/login/otp"
    error = ErrorCode.LOGIN_REQUIRED

    def needed(self, flow: Flow, facts: Facts) -> bool:
        return needs_otp(flow, facts)

    def reachable(self, _flow: Flow, _facts: Facts) -> bool:
        return False

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        account = conversation.facts.account
        asking = conversation.flow.without_messages().remembering(**{Memo.LOST_OTP_ASKED: ""})
        is_at_login = may_lose_otp(conversation.flow, conversation.facts)
        another = conversation.flow.without_messages().remembering(**{Memo.ANOTHER_ACCOUNT: "1"})
        return "otp.html", {
            "action": conversation.url(self.path),
            "recovery_url": conversation.url("/login/recovery-code"),
            "masked_email": mask_email_short(account.login_email) if account else "",
            "switch_url": conversation.url("/login", another.forgetting(Memo.FAILED_CODES)),
            "lost_otp_action": conversation.url(ASK_PATH, asking) if is_at_login else "",
            "clock_hint": int(conversation.flow.memo.get(Memo.FAILED_CODES, "0")) >= 2,
        }

    async def prepare(self, conversation: Conversation, form: Form) -> OtpCode | Rejected:
        code = digits_of(form.one("code"))
        if not code:
            return Rejected((PageError("code", "code.missing"),))
        if len(code) != 6:
            return Rejected((PageError("code", "code.length"),))
        account = conversation.facts.account
        if account is None:
            return OtpCode(None)
        checked = await check_code(conversation, account.id, code)
        return Rejected((checked,)) if isinstance(checked, PageError) else checked

    async def submit(self, db: AsyncConnection, conversation: Conversation, _form: Form, prepared: OtpCode) -> Outcome:
        account = conversation.facts.account
        message = prepared.message
        if account is not None and prepared.step is not None:
            if await spend_code(db, account.id, prepared.step):
                session_id = await sign_in(db, conversation, account, factor=Factor.OTP, has_otp=True)
                flow = conversation.flow.without_messages().forgetting(Memo.FAILED_CODES)
                return Completed(flow.remembering(**{Memo.CHOSEN_SESSION: session_id}))
            message = "code.used"
        await record(
            db,
            Event.OTP_FAILED,
            outcome="failure",
            origin=conversation.scope.origin,
            account_id=account.id if account else None,
        )
        failures = int(conversation.flow.memo.get(Memo.FAILED_CODES, "0")) + 1
        if account is not None:
            await warn_of_wrong_code(db, conversation, account, failures=failures)
        return Rejected((PageError("code", message),), memo={Memo.FAILED_CODES: str(failures)})


async def check_code(conversation: Conversation, account_id: str, code: str) -> OtpCode | PageError:
    """Finds the step of a code of the account's active key, after the guess was counted (MF-05)."""
    return await count_guess(conversation, account_id, field="code") or await _read_code(conversation, account_id, code)


async def count_guess(conversation: Conversation, account_id: str, *, field: str) -> PageError | None:
    """One count for everything that proves the second factor: a recovery code is no way around it."""
    for key, policy in ((f"otp:{account_id}", GUESSES), (f"otp-day:{account_id}", OTP_DAY)):
        if refused := await reserve_attempt(conversation, key, policy=policy, field=field):
            return refused
    return None


async def spend_code(db: AsyncConnection, account_id: str, step: int) -> bool:
    """False for a code that was used in the meantime (MF-02)."""
    if not await credentials.spend_otp_step(db, account_id, step=step):
        return False
    await forget_guesses(db, account_id)
    return True


async def forget_guesses(db: AsyncConnection, account_id: str) -> None:
    """The second factor was proven: the last attempt was no guess."""
    await attempts.clear(db, f"otp:{account_id}")
    await attempts.give_back(db, f"otp-day:{account_id}")


async def _read_code(conversation: Conversation, account_id: str, code: str) -> OtpCode:
    """A code that was spent is told apart from a wrong one."""
    wiring = conversation.wiring
    tolerance = int(wiring.settings.otp_tolerance.total_seconds())
    async with wiring.database.reading() as db:
        key = await credentials.find_active_otp_key(db, wiring.master_keys, account_id)
    if key is None:
        return OtpCode(None)
    step = matching_step(key.key, code, now=conversation.now, tolerance=tolerance, newer_than=key.last_step)
    if step is not None:
        return OtpCode(step)
    was_good = matching_step(key.key, code, now=conversation.now, tolerance=tolerance, newer_than=-1) is not None
    return OtpCode(None, "code.used" if was_good else "code.wrong")
