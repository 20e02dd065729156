"""Which of the accounts signed in to this browser shall go on (`prompt=select_account`, or more than one)."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts, has_hint
from idp.interaction.flow import Flow, Memo
from idp.interaction.prompt import Completed, Detour, Outcome
from idp.lifecycle.end_session import end_session
from idp.protocol.errors import ErrorCode
from idp.sessions.session import EndReason
from idp.web.browser_sessions import has_second_account
from idp.web.forms import Form


class SelectAccount:
    name = "select_account"
    path = "/select-account"
    error = ErrorCode.ACCOUNT_SELECTION_REQUIRED

    def needed(self, flow: Flow, facts: Facts) -> bool:
        if flow.request is None or not facts.choices:
            return False
        if {Memo.CHOSEN_SESSION, Memo.ANOTHER_ACCOUNT} & flow.memo.keys():
            return False
        if "select_account" in flow.request.prompt:
            return True
        return has_second_account(facts.choices) and "none" not in flow.request.prompt and not has_hint(flow, facts)

    def reachable(self, _flow: Flow, facts: Facts) -> bool:
        return bool(facts.choices)

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        accounts = [
            {
                "sid": entry.session.id,
                "name": entry.account.display_name,
                "email": entry.account.login_email,
                "signed_in": entry.session.is_active,
            }
            for entry in conversation.facts.choices
        ]
        return "select_account.html", {"action": conversation.url(self.path), "accounts": accounts}

    async def prepare(self, _conversation: Conversation, _form: Form) -> None:
        """Nothing is slow here."""

    async def submit(self, db: AsyncConnection, conversation: Conversation, form: Form, _prepared: None) -> Outcome:
        sessions = conversation.scope.sessions
        flow = conversation.flow.without_messages()
        if removed := sessions.find(form.one("remove")):
            await end_session(db, removed.session, reason=EndReason.LOGOUT, origin=conversation.scope.origin)
            sessions.remove(removed.session.id)
            return Detour(self.path, flow.with_notice("session_removed"))
        if chosen := sessions.find(form.one("session")):
            sessions.put_first(chosen)
            return Completed(flow.remembering(**{Memo.CHOSEN_SESSION: chosen.session.id}))
        if form.one("use_another"):
            return Completed(flow.remembering(**{Memo.ANOTHER_ACCOUNT: "1"}))
        return Detour(self.path, flow)
