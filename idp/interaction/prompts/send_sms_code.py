"""The button "Send SMS", first or again. Opening its address sends nothing (R5)."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.prompt import Completed, Detour, Outcome
from idp.interaction.prompts.verify_phone import VerifyPhone, awaits_sms_code
from idp.interaction.verification_codes import send_sms_code
from idp.protocol.errors import ErrorCode
from idp.web.forms import Form
from idp.web.pages import PageError


class SendSmsCode:
    name = "send_sms_code"
    path = "/verify/phone/send"
    error = ErrorCode.INTERACTION_REQUIRED

    def needed(self, _flow: Flow, _facts: Facts) -> bool:
        return False

    def reachable(self, flow: Flow, facts: Facts) -> bool:
        return awaits_sms_code(flow, facts)

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        return await VerifyPhone().page(conversation)

    async def prepare(self, _conversation: Conversation, _form: Form) -> None:
        """Nothing is slow here; how many may be sent is counted where they are (RC-16)."""

    async def submit(self, db: AsyncConnection, conversation: Conversation, _form: Form, _prepared: None) -> Outcome:
        flow, account = conversation.flow.without_messages(), conversation.facts.account
        if account is None or account.phone is None:
            return Completed(flow)
        transaction_id = flow.memo.get(Memo.SMS_CODES)
        sent = await send_sms_code(db, conversation, account=account, transaction_id=transaction_id)
        if isinstance(sent, PageError):
            return Detour(VerifyPhone.path, flow.with_errors((sent,), {}))
        return Detour(VerifyPhone.path, flow.with_notice("sms_sent").remembering(**{Memo.SMS_CODES: sent}))
