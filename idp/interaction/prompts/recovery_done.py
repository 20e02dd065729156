"""The end of a password recovery, and the way back to the login that it interrupted."""

from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.password_recovery import DONE
from idp.interaction.prompt import Detour, Outcome
from idp.protocol.errors import ErrorCode
from idp.web.forms import Form

_OVER = (Memo.RECOVERED, Memo.RECOVERY, Memo.RECOVERY_NAME, Memo.RESET_TOKEN, Memo.CHOSEN_SESSION, Memo.REGISTERING)


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


def login_again(flow: Flow) -> Flow:
    """The login of the person who recovered the password, whoever else is signed in to this browser."""
    fresh = flow.without_messages().forgetting(*_OVER)
    values = {"username": flow.memo.get(Memo.RECOVERY_NAME, "")} | dict(flow.values)
    return replace(fresh.remembering(**{Memo.ANOTHER_ACCOUNT: "1", Memo.WANTS_LOGIN: "1"}), values=values)
