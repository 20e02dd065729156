"""Says once how many recovery codes are left, after one was used: behind it the application takes over."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.prompt import Completed, Outcome
from idp.protocol.errors import ErrorCode
from idp.web.forms import Form

_FEW = 2


class RecoveryCodeUsed:
    name = "recovery_code_used"
    path = "/login/recovery-code/used"
    error = ErrorCode.INTERACTION_REQUIRED

    def needed(self, flow: Flow, _facts: Facts) -> bool:
        return Memo.RECOVERY_CODES_LEFT in flow.memo

    def reachable(self, _flow: Flow, _facts: Facts) -> bool:
        return False

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        left = int(conversation.flow.memo.get(Memo.RECOVERY_CODES_LEFT, "0"))
        return "recovery_code_used.html", {
            "continue_url": conversation.url(self.path, _seen(conversation)),
            "notice": "recovery_codes_left",
            "notice_values": {"n": left},
            "few_left": left <= _FEW,
        }

    async def prepare(self, _conversation: Conversation, _form: Form) -> None:
        """Nothing is slow here."""

    async def submit(self, _db: AsyncConnection, conversation: Conversation, _form: Form, _prepared: None) -> Outcome:
        return Completed(_seen(conversation))


def _seen(conversation: Conversation) -> Flow:
    return conversation.flow.without_messages().forgetting(Memo.RECOVERY_CODES_LEFT)
