"""The recovery codes of an OTP that was just set up, shown once before the application goes on (F3.7)."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.prompt import Completed, Outcome
from idp.interaction.recovery_codes import open_for_display
from idp.protocol.errors import ErrorCode
from idp.web.forms import Form


class RecoveryCodes:
    name = "recovery_codes"
    path = "/login/recovery-codes"
    error = ErrorCode.INTERACTION_REQUIRED

    def needed(self, flow: Flow, _facts: Facts) -> bool:
        return Memo.NEW_RECOVERY_CODES in flow.memo

    def reachable(self, _flow: Flow, _facts: Facts) -> bool:
        return False

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        session, sealed = conversation.facts.session, conversation.flow.memo.get(Memo.NEW_RECOVERY_CODES, "")
        codes = await open_for_display(conversation.scope, session, sealed) if session else ()
        return "recovery_codes.html", {
            "action": conversation.url(self.path),
            "codes": codes,
            "made_at": conversation.now,
        }

    async def prepare(self, _conversation: Conversation, _form: Form) -> None:
        """Nothing is slow here."""

    async def submit(self, _db: AsyncConnection, conversation: Conversation, _form: Form, _prepared: None) -> Outcome:
        return Completed(conversation.flow.without_messages().forgetting(Memo.NEW_RECOVERY_CODES))
