"""OTP is off: says so, advises to set it again, and leads on to where the login was going."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.prompt import Completed, Outcome
from idp.protocol.errors import ErrorCode
from idp.web.forms import Form


class LostOtpDone:
    name = "lost_otp_done"
    path = "/lost-otp/done"
    error = ErrorCode.INTERACTION_REQUIRED

    def needed(self, flow: Flow, facts: Facts) -> bool:
        return Memo.LOST_OTP_DONE in flow.memo and facts.account is not None and not facts.has_otp

    def reachable(self, _flow: Flow, _facts: Facts) -> bool:
        return False

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        left = conversation.flow.without_messages().forgetting(Memo.LOST_OTP_DONE)
        return "lost_otp_done.html", {"continue_url": conversation.url(self.path, left)}

    async def prepare(self, _conversation: Conversation, _form: Form) -> None:
        """Nothing is slow here."""

    async def submit(self, _db: AsyncConnection, conversation: Conversation, _form: Form, _prepared: None) -> Outcome:
        return Completed(conversation.flow.without_messages().forgetting(Memo.LOST_OTP_DONE))
