"""A recovery code instead of the OTP code ("Use a recovery code"): after the password, and under the same counters."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.account import Account
from idp.accounts.identifiers import mask_email_short
from idp.audit.events import Event
from idp.audit.record import record
from idp.credentials import store as credentials
from idp.credentials.recovery_codes import LENGTH, count_codes, read_code, spend_code
from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.prompt import Completed, Outcome, Rejected
from idp.interaction.prompts.enter_otp import EnterOtp, count_guess, forget_guesses
from idp.interaction.requirements import needs_otp, needs_password
from idp.interaction.sign_in import sign_in
from idp.interaction.unusual_sign_in import warn_of_wrong_code
from idp.lifecycle.notices import notify_owner
from idp.protocol.errors import ErrorCode
from idp.sessions import store as sessions
from idp.sessions.evidence import Factor
from idp.web.forms import Form
from idp.web.pages import PageError

_FIELD = "recovery_code"


class RecoveryCode:
    name = "recovery_code"
    path = "/login/recovery-code"
    error = ErrorCode.LOGIN_REQUIRED

    def needed(self, _flow: Flow, _facts: Facts) -> bool:
        return False

    def reachable(self, flow: Flow, facts: Facts) -> bool:
        # MF-14: a list of codes is worth nothing before the password.
        return not needs_password(flow, facts) and needs_otp(flow, facts)

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        account = conversation.facts.account
        return "recovery_code.html", {
            "action": conversation.url(self.path),
            "back_url": conversation.url(EnterOtp.path),
            "masked_email": mask_email_short(account.login_email) if account else "",
        }

    async def prepare(self, conversation: Conversation, form: Form) -> str | Rejected:
        code = read_code(form.one(_FIELD))
        if len(code) != LENGTH:
            return Rejected((PageError(_FIELD, "recovery_code.malformed" if code else "recovery_code.missing"),))
        account = conversation.facts.account
        refused = await count_guess(conversation, account.id, field=_FIELD) if account else None
        return Rejected((refused,)) if refused else code

    async def submit(self, db: AsyncConnection, conversation: Conversation, _form: Form, prepared: str) -> Outcome:
        account, flow = conversation.facts.account, conversation.flow.without_messages()
        if account is None or not await _is_still_asked(db, conversation, account):
            return Completed(flow)  # proven or switched off meanwhile: one sign-in spends one code
        keys, now = conversation.wiring.master_keys, conversation.now
        if not await spend_code(db, keys, account.id, code=prepared, now=now):
            return await _refused(db, conversation, account)
        await forget_guesses(db, account.id)
        left = await count_codes(db, account.id)
        await _tell(db, conversation, account, left=left)
        # RFC 8176 §2 has no word for codes on paper but `otp`: a password that works once.
        session_id = await sign_in(db, conversation, account, factor=Factor.OTP, has_otp=True)
        flow = flow.forgetting(Memo.FAILED_CODES)
        return Completed(
            flow.remembering(**{Memo.CHOSEN_SESSION: session_id, Memo.RECOVERY_CODES_LEFT: str(left)}),
        )


async def _is_still_asked(db: AsyncConnection, conversation: Conversation, account: Account) -> bool:
    """Whether this session still lacks its second factor. Parallel forms wait for one another here."""
    if conversation.facts.session is None or not await credentials.hold_otp(db, account.id):
        return False
    session = await sessions.find(db, conversation.facts.session.id)
    return session is not None and session.evidence.otp == conversation.facts.session.evidence.otp


async def _refused(db: AsyncConnection, conversation: Conversation, account: Account) -> Rejected:
    origin = conversation.scope.origin
    await record(db, Event.RECOVERY_CODE_FAILED, outcome="failure", origin=origin, account_id=account.id)
    failures = int(conversation.flow.memo.get(Memo.FAILED_CODES, "0")) + 1
    await warn_of_wrong_code(db, conversation, account, failures=failures)
    return Rejected((PageError(_FIELD, "recovery_code.wrong"),), memo={Memo.FAILED_CODES: str(failures)})


async def _tell(db: AsyncConnection, conversation: Conversation, account: Account, *, left: int) -> None:
    """The audit log and the owner: somebody else may have found the list."""
    origin, keys = conversation.scope.origin, conversation.wiring.master_keys
    details = {"left": left}
    await record(db, Event.RECOVERY_CODE_USED, outcome="success", origin=origin, account_id=account.id, details=details)
    await notify_owner(db, keys, account_id=account.id, kind="recovery_code_used", origin=origin, values={"left": left})
