"""The button that mails a verification code, first or again. Opening its address sends nothing (R5)."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.prompt import Detour, Outcome
from idp.interaction.prompts.verify_email import VerifyEmail, awaits_email_code, email_in_question
from idp.interaction.verification_codes import send_email_code
from idp.protocol.errors import ErrorCode
from idp.web.forms import Form
from idp.web.pages import PageError


class SendEmailCode:
    name = "send_email_code"
    path = "/verify/email/send"
    error = ErrorCode.INTERACTION_REQUIRED

    def needed(self, _flow: Flow, _facts: Facts) -> bool:
        return False

    def reachable(self, flow: Flow, facts: Facts) -> bool:
        return awaits_email_code(flow, facts)

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        return await VerifyEmail().page(conversation)

    async def prepare(self, _conversation: Conversation, _form: Form) -> None:
        """Nothing is slow here."""

    async def submit(self, db: AsyncConnection, conversation: Conversation, _form: Form, _prepared: None) -> Outcome:
        flow, email = conversation.flow.without_messages(), email_in_question(conversation)
        account = conversation.facts.account or await accounts.find(db, flow.memo.get(Memo.APPLICANT, ""))
        # An address that belongs to another account: its owner is told, and nothing can be redeemed (F1.5).
        is_theirs = account is not None and account.login_email == email and not account.email_is_verified
        sent = await send_email_code(
            db,
            conversation,
            account=account if is_theirs else None,
            email=email,
            transaction_id=flow.memo.get(Memo.EMAIL_CODES),
        )
        if isinstance(sent, PageError):
            return Detour(VerifyEmail.path, flow.with_errors((sent,), {}))
        return Detour(VerifyEmail.path, flow.with_notice("code_sent").remembering(**{Memo.EMAIL_CODES: sent}))
