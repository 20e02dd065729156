"""Asks for the message of a password recovery, and finds out what a browser may do with it.

Whoever is named, the work is the same (PW-10): one look-up, one count, a code with its link, a message, an audit event.
For a name that may not recover its password the code is nobody's and the message is taken back in the same transaction
(`enqueue_if`); so it is beyond the hourly limit. What is mailed goes to the stored address and to no other (RC-25).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.accounts.account import Account
from idp.accounts.identifiers import canonical_identifier
from idp.audit.events import Event
from idp.audit.record import record
from idp.credentials.one_time_codes import CodeRefusal, CodeRequest, issue_code, void_codes
from idp.credentials.reset_links import RESET_PASSWORD, OpenReset, find_by_code, find_by_link, may_mail
from idp.interaction.conversation import Conversation
from idp.interaction.flow import Flow, Memo
from idp.lifecycle.notices import circumstances
from idp.messaging.outbox import Message, enqueue_if
from idp.protocol.user_agent_binding import BindingMode, bind, is_same_browser, read_user_agent
from idp.sealing import base64url
from idp.web.scope import PageScope

LINK_PATH = "/recovery/reset"
RECOVERY = "/recovery"
SENT = "/recovery/sent"
NEW_PASSWORD = "/recovery/new-password"  # noqa: S105 - a path
DONE = "/recovery/done"
_NOBODY = "nobody@example.invalid"


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for whom. `is_quiet`: too many came from this network address, so nothing is mailed."""

    typed: str
    account: Account | None
    is_quiet: bool

    @property
    def owner(self) -> Account | None:
        """The account, if its address is proven and it may be used (RC-26). A locked one has to write to support."""
        account = self.account
        return account if account is not None and account.is_active and account.email_is_verified else None


async def read_request(conversation: Conversation, typed: str) -> Request:
    """Looks up the name, and counts the network address silently (RC-11)."""
    scope, wiring = conversation.scope, conversation.wiring
    async with wiring.database.reading() as db:
        account = await accounts.find_by_identifier(db, typed)
    limit = wiring.settings.recovery_address_limit
    wait = await wiring.addresses.hit("recovery", scope.origin.address or "", limit)
    return Request(typed, account, is_quiet=wait is not None)


async def send_recovery(
    db: AsyncConnection, conversation: Conversation, request: Request, *, transaction_id: str | None
) -> str:
    """The transaction of its code, for a known name as for an unknown one. A newer request voids older ones (RC-10)."""
    now, keys = conversation.now, conversation.wiring.master_keys
    lifetime = int(conversation.wiring.settings.reset_link_lifetime.total_seconds())
    owner = request.owner
    target = owner.login_email if owner else _unknown_target(conversation, request.typed)
    is_allowed = await may_mail(db, target, now) and not request.is_quiet
    name = {Memo.RECOVERY_NAME: request.typed}
    code_request = CodeRequest(
        purpose=RESET_PASSWORD,
        account_id=owner.id if owner else None,
        device_id=conversation.scope.device_id,
        target=target if is_allowed else "",
        lifetime=lifetime,
        transaction_id=transaction_id,
        with_link=True,
        is_long=True,
        user_agent=conversation.scope.origin.user_agent or "",
        flow=conversation.sealer.seal(_without_recovery(conversation.flow).remembering(**name)),
    )
    issued = await issue_code(db, keys, code_request, now)
    is_sent = owner is not None and is_allowed
    await void_codes(db, owner.id if owner and is_sent else "", RESET_PASSWORD, spare=issued.transaction_id)
    link = f"{conversation.wiring.settings.issuer}{LINK_PATH}?{urlencode({'t': issued.link_token or ''})}"
    message = Message(
        channel="mail",
        kind="password_recovery",
        account_id=owner.id if owner else None,
        recipient=owner.login_email if owner else _NOBODY,
        locale=owner.locale if owner else conversation.locale,
        values=circumstances(conversation.scope.origin) | {"code": issued.code, "link": link},
        expires_at=now + lifetime,
    )
    await enqueue_if(db, keys, message, now, wanted=is_sent)
    await record(
        db,
        Event.PASSWORD_RECOVERY_REQUESTED,
        outcome="success" if is_sent else "refused",
        origin=conversation.scope.origin,
        account_id=request.account.id if request.account else None,
    )
    return issued.transaction_id


def _unknown_target(conversation: Conversation, typed: str) -> str:
    """Counted like an address. Under the master key: the table does not tell which names were tried."""
    mac = conversation.wiring.master_keys.mac(canonical_identifier(typed).encode(), purpose="unknown-name")
    return f"?{base64url(mac)}"


async def find_reset(db: AsyncConnection, conversation: Conversation) -> OpenReset | CodeRefusal:
    """The recovery that this flow refers to, as its row stands now. The flow itself proves nothing (RC-07)."""
    flow, scope = conversation.flow, conversation.scope
    token = flow.memo.get(Memo.RESET_TOKEN)
    if token is not None:
        return await find_by_link(db, token, scope.now)
    return await find_by_code(db, flow.memo.get(Memo.RECOVERY, ""), scope.device_id, scope.now)


def opened_here(scope: PageScope, found: OpenReset | CodeRefusal) -> OpenReset | None:
    """The recovery, if this browser asked for it: its cookie is the binding (RC-06), and on top of it the rule that
    sessions have for their browser."""
    if isinstance(found, CodeRefusal) or found.device_id != scope.device_id:
        return None
    mode = BindingMode(scope.wiring.settings.user_agent_policy.value)
    binding = bind(mode, read_user_agent(found.user_agent or None))
    return found if is_same_browser(binding, scope.agent) else None


def refusal_view(found: OpenReset | CodeRefusal, flow: Flow, url: Callable[[str, Flow], str]) -> dict[str, Any]:
    """The page of a link that does not open the form. A garbled or foreign one looks like an old one."""
    ways = {
        "recovery_url": url(RECOVERY, asking_again(flow)),
        "login_url": url("/login", login_again(flow)),
    }
    if isinstance(found, OpenReset):
        asker = read_user_agent(found.user_agent or None)
        return {"state": "device", "asker": asker, "asked_at": found.asked_at, **ways}
    return {"state": "used" if found is CodeRefusal.USED else "expired", **ways}


def asking_again(flow: Flow) -> Flow:
    """Back to the first page, with the name that was typed before."""
    return _without_recovery(flow)._replace(values={"username": flow.memo.get(Memo.RECOVERY_NAME, "")})


def login_again(flow: Flow) -> Flow:
    """The login of the person who recovered the password, whoever else is signed in to this browser."""
    values = {"username": flow.memo.get(Memo.RECOVERY_NAME, "")} | dict(flow.values)
    fresh = _without_recovery(flow).forgetting(Memo.RECOVERY_NAME, Memo.CHOSEN_SESSION, Memo.REGISTERING)
    return fresh.remembering(**{Memo.ANOTHER_ACCOUNT: "1", Memo.WANTS_LOGIN: "1"})._replace(values=values)


def _without_recovery(flow: Flow) -> Flow:
    """The application's request and all that was before; nothing of this recovery but the name."""
    return flow.without_messages().forgetting(Memo.RECOVERY, Memo.RESET_TOKEN, Memo.RECOVERED)
