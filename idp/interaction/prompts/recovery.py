"""Password recovery begins: a login name or email, and the same answer whoever that is (RC-02)."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.password_recovery import RECOVERY, SENT, Request, read_request, send_recovery
from idp.interaction.prompt import Detour, Outcome, Rejected
from idp.protocol.errors import ErrorCode
from idp.web.captcha import WAIT_FIELD, captcha_view, check_captcha
from idp.web.forms import Form
from idp.web.pages import PageError


class Recovery:
    name = "recovery"
    path = RECOVERY
    error = ErrorCode.INTERACTION_REQUIRED

    def needed(self, _flow: Flow, _facts: Facts) -> bool:
        return False

    def reachable(self, _flow: Flow, _facts: Facts) -> bool:
        return True

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        flow = conversation.flow
        values = dict(flow.values)
        if "username" not in values and flow.request is not None:
            values["username"] = flow.request.login_hint or ""
        return "recovery.html", {
            "action": conversation.url(self.path),
            "login_url": conversation.url("/login"),
            "values": values,
            **await captcha_view(conversation.scope, self.name, values),
        }

    async def prepare(self, conversation: Conversation, form: Form) -> Request | Rejected:
        typed = form.one("username").strip()[:320]
        values = {"username": typed, WAIT_FIELD: form.one(WAIT_FIELD)}
        if not typed:
            return Rejected((PageError("username", "login.username_missing"),), values)
        if refused := await check_captcha(conversation.scope, form, self.name):
            return Rejected((refused,), values)
        return await read_request(conversation, typed)

    async def submit(self, db: AsyncConnection, conversation: Conversation, _form: Form, prepared: Request) -> Outcome:
        transaction_id = await send_recovery(db, conversation, prepared, transaction_id=None)
        flow = conversation.flow.without_messages().forgetting(Memo.RESET_TOKEN, Memo.RECOVERED)
        memo = {Memo.RECOVERY: transaction_id, Memo.RECOVERY_NAME: prepared.typed}
        return Detour(SENT, flow.remembering(**memo))
