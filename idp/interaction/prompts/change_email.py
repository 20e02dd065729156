"""Corrects an address that was never proven, while its code is waited for ("Change email")."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.accounts.identifiers import InvalidEmail, normalise_email
from idp.audit.events import Event
from idp.audit.record import record
from idp.interaction.attempts import too_many_from_here
from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.prompt import Detour, Outcome, Rejected
from idp.interaction.prompts.verify_email import VerifyEmail, awaits_email_code, email_in_question
from idp.interaction.verification_codes import send_email_code
from idp.protocol.errors import ErrorCode
from idp.web.forms import Form
from idp.web.pages import PageError


class ChangeEmail:
    name = "change_email"
    path = "/verify/email/change"
    error = ErrorCode.INTERACTION_REQUIRED

    def needed(self, _flow: Flow, _facts: Facts) -> bool:
        return False

    def reachable(self, flow: Flow, facts: Facts) -> bool:
        return awaits_email_code(flow, facts)

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        return "change_email.html", {
            "action": conversation.url(self.path),
            "back_url": conversation.url(VerifyEmail.path),
            "email": email_in_question(conversation),
            "values": dict(conversation.flow.values),
        }

    async def prepare(self, conversation: Conversation, form: Form) -> str | Rejected:
        typed = form.one("email").strip()
        values = {"email": typed[:320]}
        try:
            email = normalise_email(typed)
        except InvalidEmail:
            return Rejected((PageError("email", "email.invalid" if typed else "email.missing"),), values)
        if email == email_in_question(conversation):
            return Rejected((PageError("email", "email.same"),), values)
        # Every change mails an address of the visitor's choice, as a registration does.
        limit = conversation.wiring.settings.registration_address_limit
        if refused := await too_many_from_here(conversation, "register", limit):
            return Rejected((refused,), values)
        return email

    async def submit(self, db: AsyncConnection, conversation: Conversation, _form: Form, prepared: str) -> Outcome:
        """The password was given in this very conversation: into the registration form, or to sign in."""
        scope, flow = conversation.scope, conversation.flow.without_messages()
        signed_in = conversation.facts.account
        account_id = signed_in.id if signed_in else flow.memo.get(Memo.APPLICANT, "")
        changed = await accounts.change_unverified_email(db, account_id, email=prepared, now=scope.now)
        account = await accounts.find(db, account_id) if changed else None
        if account is not None:
            await record(db, Event.EMAIL_CHANGED, outcome="success", origin=scope.origin, account_id=account.id)
        sent = await send_email_code(db, conversation, account=account, email=prepared, transaction_id=None)
        flow = flow.forgetting(Memo.EMAIL_CODES).remembering(**{Memo.EMAIL: prepared})
        if isinstance(sent, PageError):
            return Detour(VerifyEmail.path, flow.with_errors((sent,), {}))
        return Detour(VerifyEmail.path, flow.with_notice("email_changed").remembering(**{Memo.EMAIL_CODES: sent}))
