"""The button "Send SMS again" of the last step. Opening its address sends nothing (R5)."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow
from idp.interaction.lost_otp import SEND_PATH, find_own, text_code
from idp.interaction.prompt import Detour, Outcome
from idp.interaction.prompts.enter_lost_otp_code import EnterLostOtpCode, awaits_lost_otp_code
from idp.protocol.errors import ErrorCode
from idp.web.forms import Form


class SendLostOtpCode:
    name = "send_lost_otp_code"
    path = SEND_PATH
    error = ErrorCode.INTERACTION_REQUIRED

    def needed(self, _flow: Flow, _facts: Facts) -> bool:
        return False

    def reachable(self, flow: Flow, facts: Facts) -> bool:
        return awaits_lost_otp_code(flow, facts)

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        return await EnterLostOtpCode().page(conversation)

    async def prepare(self, _conversation: Conversation, _form: Form) -> None:
        """Nothing is slow here; how many may be sent is counted where they are (RC-16)."""

    async def submit(self, db: AsyncConnection, conversation: Conversation, _form: Form, _prepared: None) -> Outcome:
        flow, account = conversation.flow.without_messages(), conversation.facts.account
        recovery = await find_own(db, conversation)
        if recovery is None or account is None:
            return Detour(EnterLostOtpCode.path, flow)  # its page says that the time is over
        refused = await text_code(db, conversation.scope, recovery, account)
        flow = flow.with_errors((refused,), {}) if refused else flow.with_notice("sms_sent")
        return Detour(EnterLostOtpCode.path, flow)
