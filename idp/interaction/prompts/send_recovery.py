"""The button that sends the message of a password recovery again. Opening its address sends nothing (R5)."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.credentials.one_time_codes import is_spent, seconds_until_resend
from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.password_recovery import SENT, Request, read_request, send_recovery
from idp.interaction.prompt import Detour, Outcome
from idp.interaction.prompts.recovery_sent import RecoverySent
from idp.protocol.errors import ErrorCode
from idp.web.forms import Form
from idp.web.pages import PageError


class SendRecovery:
    name = "send_recovery"
    path = "/recovery/send"
    error = ErrorCode.INTERACTION_REQUIRED

    def needed(self, _flow: Flow, _facts: Facts) -> bool:
        return False

    def reachable(self, flow: Flow, _facts: Facts) -> bool:
        return Memo.RECOVERY in flow.memo

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        return await RecoverySent().page(conversation)

    async def prepare(self, conversation: Conversation, _form: Form) -> Request:
        return await read_request(conversation, conversation.flow.memo.get(Memo.RECOVERY_NAME, ""))

    async def submit(self, db: AsyncConnection, conversation: Conversation, _form: Form, prepared: Request) -> Outcome:
        flow = conversation.flow.without_messages()
        transaction_id = flow.memo[Memo.RECOVERY]
        if await is_spent(db, transaction_id):
            return Detour(SENT, flow)
        if wait := await seconds_until_resend(db, transaction_id, conversation.now):
            return Detour(SENT, flow.with_errors((PageError("", "resend.wait", {"n": wait}),), {}))
        sent = await send_recovery(db, conversation, prepared, transaction_id=transaction_id)
        return Detour(SENT, flow.remembering(**{Memo.RECOVERY: sent}).with_notice("recovery_sent_again"))
