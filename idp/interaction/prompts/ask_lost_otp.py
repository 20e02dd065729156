"""The button "I lost my OTP keycard": mails the link, first or again, and says where to look for it."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.identifiers import mask_email_short
from idp.credentials.one_time_codes import RESEND_SECONDS
from idp.interaction.attempts import too_many_from_here
from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.lost_otp import ASK_PATH, ask, may_lose_otp
from idp.interaction.prompt import Completed, Detour, Outcome, Rejected
from idp.interaction.prompts.enter_otp import EnterOtp
from idp.protocol.errors import ErrorCode
from idp.web.forms import Form
from idp.web.pages import PageError


class AskLostOtp:
    name = "ask_lost_otp"
    path = ASK_PATH
    error = ErrorCode.INTERACTION_REQUIRED

    def needed(self, _flow: Flow, _facts: Facts) -> bool:
        return False

    def reachable(self, flow: Flow, facts: Facts) -> bool:
        return may_lose_otp(flow, facts) and Memo.LOST_OTP_ASKED in flow.memo

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        flow, account = conversation.flow, conversation.facts.account
        if not flow.memo.get(Memo.LOST_OTP_ASKED):
            return await EnterOtp().page(conversation)  # opening the button's address sends nothing (R5)
        asked_at = int(flow.memo[Memo.LOST_OTP_ASKED])
        lifetime = conversation.wiring.settings.lost_otp_link_lifetime
        return "lost_otp_sent.html", {
            "masked_email": mask_email_short(account.login_email) if account else "",
            "until": asked_at + int(lifetime.total_seconds()),
            "resend_action": conversation.url(self.path),
            "seconds_until_resend": max(asked_at + RESEND_SECONDS - conversation.now, 0),
            "back_url": conversation.url(EnterOtp.path),
        }

    async def prepare(self, conversation: Conversation, _form: Form) -> Rejected | None:
        limit = conversation.wiring.settings.registration_address_limit
        refused = await too_many_from_here(conversation, "lost-otp", limit)
        return Rejected((refused,)) if refused else None

    async def submit(self, db: AsyncConnection, conversation: Conversation, _form: Form, _prepared: None) -> Outcome:
        flow, facts = conversation.flow.without_messages(), conversation.facts
        if facts.account is None or facts.session is None:
            return Completed(flow)
        is_again = bool(flow.memo.get(Memo.LOST_OTP_ASKED))
        asked_at = await ask(db, conversation, facts.account, facts.session)
        flow = flow.remembering(**{Memo.LOST_OTP_ASKED: str(asked_at)})
        if not is_again:
            return Detour(self.path, flow)
        if asked_at != conversation.now:
            wait = asked_at + RESEND_SECONDS - conversation.now
            return Detour(self.path, flow.with_errors((PageError("", "resend.wait", {"n": wait}),), {}))
        return Detour(self.path, flow.with_notice("mail_sent"))
