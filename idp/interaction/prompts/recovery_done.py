"""The end of a password recovery, and the way back to the login that it interrupted."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.password_recovery import DONE, login_again
from idp.interaction.prompt import Detour, Outcome
from idp.protocol.errors import ErrorCode
from idp.web.forms import Form


class RecoveryDone:
    name = "recovery_done"
    path = DONE
    error = ErrorCode.INTERACTION_REQUIRED

    def needed(self, _flow: Flow, _facts: Facts) -> bool:
        return False

    def reachable(self, flow: Flow, _facts: Facts) -> bool:
        return Memo.RECOVERED in flow.memo

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        return "recovery_done.html", {"login_url": conversation.url("/login", login_again(conversation.flow))}

    async def prepare(self, _conversation: Conversation, _form: Form) -> None:
        """Nothing is slow here."""

    async def submit(self, _db: AsyncConnection, conversation: Conversation, _form: Form, _prepared: None) -> Outcome:
        return Detour("/login", login_again(conversation.flow))
