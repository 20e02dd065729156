"""OTP is set up there and then, for an application that asks for it (F4.2), and for every operator (MF-18)."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.interaction.attempts import wait_error
from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.otp_setup import Confirmation, OtpSetup
from idp.interaction.prompt import Aborted, Completed, Detour, Outcome, Rejected
from idp.interaction.recovery_codes import seal_for_display
from idp.interaction.requirements import wants_otp_level
from idp.interaction.sign_in import sign_in
from idp.protocol.errors import ErrorCode
from idp.sessions.evidence import Factor
from idp.web.forms import Form
from idp.web.pages import PageError


class EnrollOtp:
    name = "enroll_otp"
    path = "/login/otp/setup"
    error = ErrorCode.INTERACTION_REQUIRED

    def needed(self, flow: Flow, facts: Facts) -> bool:
        if facts.account is None or facts.has_otp:
            return False
        return facts.account.is_operator or wants_otp_level(flow, facts)  # MF-18

    def reachable(self, _flow: Flow, _facts: Facts) -> bool:
        return False

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        account = conversation.facts.account
        context: dict[str, Any] = {
            "start_action": conversation.url(self.path),
            # On a page of ours there is nobody to tell that it was declined.
            "decline_action": conversation.url(self.path) if conversation.flow.request else None,
            "action": conversation.url(self.path),
            "signed_in_as": account.login_email if account else "",
        }
        setup = _setup(conversation)
        pending = await setup.page() if setup else None
        return "enroll_otp.html", context | ({**pending, "needs_password": True} if pending else {})

    async def prepare(self, conversation: Conversation, form: Form) -> Confirmation | Rejected | None:
        setup = _setup(conversation)
        if form.one("start") or form.one("decline") or setup is None:
            return None
        key = await setup.find_pending()
        confirmation = await setup.check(key, password=form.one("password"), code=form.one("code"))
        if confirmation.retry_after:
            return Rejected((wait_error("code", confirmation.retry_after),))
        return confirmation

    async def submit(
        self, db: AsyncConnection, conversation: Conversation, form: Form, prepared: Confirmation | None
    ) -> Outcome:
        setup, flow = _setup(conversation), conversation.flow.without_messages()
        if setup is None:
            return Completed(flow)
        if form.one("decline"):
            # RFC 9470 §5: an unmet demand is an error, never a token of a lower level.
            return Aborted(ErrorCode.UNMET_AUTHENTICATION_REQUIREMENTS)
        if prepared is None:
            await setup.start(db)
            return Detour(self.path, flow)
        codes = await setup.activate(db, prepared)
        if codes is None:
            return Rejected((PageError("code", "otp.new_key"),))
        await sign_in(db, conversation, setup.account, factor=Factor.OTP, has_otp=True)
        sealed = seal_for_display(setup.scope, setup.session, codes)
        return Completed(flow.with_notice("otp_on").remembering(**{Memo.NEW_RECOVERY_CODES: sealed}))


def _setup(conversation: Conversation) -> OtpSetup | None:
    account, session = conversation.facts.account, conversation.facts.session
    return OtpSetup(conversation.scope, account, session) if account and session else None
