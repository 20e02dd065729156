"""The last page of a registration: the account is ready, and the way to the application."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.prompt import Completed, Outcome
from idp.protocol.errors import ErrorCode
from idp.web.forms import Form


class RegistrationDone:
    name = "registration_done"
    path = "/register/done"
    error = ErrorCode.INTERACTION_REQUIRED

    def needed(self, flow: Flow, _facts: Facts) -> bool:
        return Memo.REGISTERING in flow.memo and Memo.REGISTERED not in flow.memo

    def reachable(self, _flow: Flow, _facts: Facts) -> bool:
        return False

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        seen = conversation.flow.without_messages().remembering(**{Memo.REGISTERED: "1"})
        return "registration_done.html", {"continue_url": conversation.url(self.path, seen)}

    async def prepare(self, _conversation: Conversation, _form: Form) -> None:
        """Nothing is slow here."""

    async def submit(self, _db: AsyncConnection, conversation: Conversation, _form: Form, _prepared: None) -> Outcome:
        return Completed(conversation.flow.without_messages().remembering(**{Memo.REGISTERED: "1"}))
