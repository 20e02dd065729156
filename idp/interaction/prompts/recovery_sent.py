"""Where one waits for the message of a password recovery, or types its code when the mail opens another browser."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.audit.events import Event
from idp.audit.record import record
from idp.credentials.one_time_codes import LONG_CODE, CodeRefusal, is_spent, long_code_of, seconds_until_resend
from idp.credentials.reset_links import find_end, prove_code
from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.password_recovery import NEW_PASSWORD, RECOVERY, SENT, asking_again
from idp.interaction.prompt import Detour, Outcome, Rejected
from idp.interaction.prompts.recovery_done import RecoveryDone
from idp.protocol.errors import ErrorCode
from idp.web.contact import CONTACT_ABOUT_MESSAGES
from idp.web.forms import Form
from idp.web.pages import PageError


class RecoverySent:
    name = "recovery_sent"
    path = SENT
    error = ErrorCode.INTERACTION_REQUIRED

    def needed(self, _flow: Flow, _facts: Facts) -> bool:
        return False

    def reachable(self, flow: Flow, _facts: Facts) -> bool:
        return Memo.RECOVERY in flow.memo

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        transaction_id = conversation.flow.memo[Memo.RECOVERY]
        async with conversation.wiring.database.reading() as db:
            is_over = await is_spent(db, transaction_id)
            wait = await seconds_until_resend(db, transaction_id, conversation.now)
            until = await find_end(db, transaction_id)
        if is_over:  # by the link, in another tab
            return await RecoveryDone().page(conversation)
        return "recovery_sent.html", {
            "action": conversation.url(self.path),
            "resend_action": conversation.url("/recovery/send"),
            "again_url": conversation.url(RECOVERY, asking_again(conversation.flow)),
            "contact_url": CONTACT_ABOUT_MESSAGES,
            "until": until,
            "seconds_until_resend": wait,
        }

    async def prepare(self, _conversation: Conversation, form: Form) -> str | Rejected:
        code = long_code_of(form.one("code"))
        if len(code) != LONG_CODE:
            return Rejected((PageError("code", "code.length_long" if code else "code.missing"),))
        return code

    async def submit(self, db: AsyncConnection, conversation: Conversation, _form: Form, prepared: str) -> Outcome:
        scope, flow = conversation.scope, conversation.flow
        refusal = await prove_code(
            db,
            conversation.wiring.master_keys,
            transaction_id=flow.memo[Memo.RECOVERY],
            device_id=scope.device_id,
            code=prepared,
            now=scope.now,
        )
        if refusal is None:
            return Detour(NEW_PASSWORD, flow.without_messages().forgetting(Memo.RESET_TOKEN))
        if refusal is CodeRefusal.USED:
            return Detour(self.path, flow.without_messages())  # which says that the password is changed
        await record(db, Event.PASSWORD_RECOVERY_FAILED, outcome="failure", origin=scope.origin)
        return Rejected((PageError("code", f"code.{refusal}"),))
