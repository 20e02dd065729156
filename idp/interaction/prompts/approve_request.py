"""Whether the person allows what was asked for on another device (RFC 8628 §3.3, CIBA §8).

Always asked, whatever was allowed before: the one who asks may be somebody else (RFC 8628 §5.4, TK-29). The page shows
the code or the message that the other device shows, and from where it asks.
"""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.decoupled import store
from idp.decoupled.request import DecoupledRequest
from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.prompt import Aborted, Completed, Outcome
from idp.interaction.shown_details import shown_details
from idp.lifecycle.notices import browser_name
from idp.protocol.errors import ErrorCode
from idp.web.forms import Form


class ApproveRequest:
    name = "approve_request"
    path = "/approve"
    error = ErrorCode.INTERACTION_REQUIRED

    def needed(self, flow: Flow, _facts: Facts) -> bool:
        if flow.request is None or flow.request.decoupled_id is None:
            return False
        return flow.memo.get(Memo.APPROVED) != "1"

    def reachable(self, _flow: Flow, _facts: Facts) -> bool:
        return False

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        facts, request = conversation.facts, await _find(conversation)
        if request is None or facts.client is None or facts.account is None:
            name = facts.client.client_name if facts.client else ""
            return "request_answered.html", {"outcome": "gone", "app_name": name}
        another = conversation.flow.without_messages().remembering(**{Memo.ANOTHER_ACCOUNT: "1"})
        return "approve_request.html", {
            "action": conversation.url(self.path),
            "account_email": facts.account.login_email,
            "switch_url": conversation.url("/login", another) if request.account_id is None else "",
            "kind": str(request.kind),
            "user_code": request.secrets.get("user_code", ""),
            "binding_message": request.binding_message or "",
            "scopes": [{"scope": scope, "values": []} for scope in request.asked.scope],
            "details": shown_details(conversation.wiring.detail_types, request.asked, conversation.locale),
            "asked_at": request.created_at,
            "asker": browser_name(request.origin_agent),
            "address": request.origin_address or "",
        }

    async def prepare(self, _conversation: Conversation, _form: Form) -> None:
        """Nothing is slow here."""

    async def submit(self, _db: AsyncConnection, conversation: Conversation, form: Form, _prepared: None) -> Outcome:
        # AZ-16: what is allowed is read from the sealed flow; the form says yes or no and nothing else.
        if form.one("decision") != "allow":
            return Aborted(ErrorCode.ACCESS_DENIED)
        return Completed(conversation.flow.without_messages().remembering(**{Memo.APPROVED: "1"}))


async def _find(conversation: Conversation) -> DecoupledRequest | None:
    """The request, while this person can answer it."""
    asked, account, wiring = conversation.flow.request, conversation.facts.account, conversation.wiring
    if asked is None or asked.decoupled_id is None or account is None:
        return None
    async with wiring.database.reading() as db:
        request = await store.find(db, wiring.master_keys, asked.decoupled_id)
    if request is None or not request.is_open(conversation.now) or not request.concerns(account.id):
        return None
    return request
