"""The last step of a password recovery: a new password, typed twice. It signs nobody in (RC-08)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.accounts.account import Account
from idp.audit.events import Event
from idp.audit.record import record
from idp.credentials.one_time_codes import CodeRefusal
from idp.credentials.reset_links import OpenReset, consume_reset
from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.new_passwords import new_password_error
from idp.interaction.password_recovery import DONE, NEW_PASSWORD, find_reset, opened_here, refusal_view
from idp.interaction.prompt import Detour, Outcome, Rejected
from idp.interaction.prompts.recovery_sent import RecoverySent
from idp.lifecycle.new_password import put_new_password
from idp.protocol.errors import ErrorCode
from idp.web.forms import Form
from idp.web.pages import PageError

_AS_IT_STANDS = Rejected(())  # the page then says what became of the link


@dataclass(frozen=True, slots=True)
class _Change:
    reset: OpenReset
    password_hash: str


class NewPassword:
    name = "new_password"
    path = NEW_PASSWORD
    error = ErrorCode.INTERACTION_REQUIRED

    def needed(self, _flow: Flow, _facts: Facts) -> bool:
        return False

    def reachable(self, flow: Flow, _facts: Facts) -> bool:
        return bool({Memo.RESET_TOKEN, Memo.RECOVERY} & flow.memo.keys())

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        async with conversation.wiring.database.reading() as db:
            found = await find_reset(db, conversation)
        if reset := opened_here(conversation.scope, found):
            return "new_password.html", {
                "action": conversation.url(self.path),
                "email": reset.target,
                "minimum_length": conversation.wiring.settings.password_minimum_length,
            }
        if Memo.RESET_TOKEN not in conversation.flow.memo and found is CodeRefusal.WRONG:
            return await RecoverySent().page(conversation)  # no code was typed yet
        return "recovery_link.html", refusal_view(found, conversation.flow, conversation.sealer.url)

    async def prepare(self, conversation: Conversation, form: Form) -> _Change | Rejected:
        async with conversation.wiring.database.reading() as db:
            reset = opened_here(conversation.scope, await find_reset(db, conversation))
            account = await accounts.find(db, reset.account_id) if reset else None
        if reset is None or account is None:
            return _AS_IT_STANDS
        if errors := await _password_errors(conversation, account, form):
            return Rejected(errors)
        return _Change(reset, await conversation.wiring.hasher.hash(form.one("new_password")))

    async def submit(self, db: AsyncConnection, conversation: Conversation, _form: Form, prepared: _Change) -> Outcome:
        scope, reset = conversation.scope, prepared.reset
        if not await consume_reset(db, reset, scope.now):
            await record(
                db,
                Event.PASSWORD_RECOVERY_FAILED,
                outcome="refused",
                origin=scope.origin,
                account_id=reset.account_id,
            )
            return _AS_IT_STANDS
        await put_new_password(
            db,
            conversation.wiring.master_keys,
            account_id=reset.account_id,
            password_hash=prepared.password_hash,
            event=Event.PASSWORD_RECOVERED,
            origin=scope.origin,
        )
        for entry in [entry for entry in scope.sessions.entries if entry.account.id == reset.account_id]:
            scope.sessions.remove(entry.session.id)
        flow = conversation.flow.without_messages().forgetting(Memo.RESET_TOKEN, Memo.RECOVERY, Memo.RECOVERY_NAME)
        flow = flow.remembering(**{Memo.RECOVERED: "1"})._replace(values={"username": reset.target})
        return Detour(DONE, flow)


async def _password_errors(conversation: Conversation, account: Account, form: Form) -> tuple[PageError, ...]:
    settings, password = conversation.wiring.settings, form.one("new_password")
    if error := await new_password_error("new_password", password, settings=settings, account=account):
        return (error,)
    if form.one("new_password_again") != password:
        return (PageError("new_password_again", "password.not_same"),)
    return ()
