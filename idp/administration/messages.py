"""The fate of every message, for operators: where it stands, what the gateway said; its code and link, for nobody."""

import re
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.identifiers import mask_email_short, mask_phone
from idp.administration.refusal import Refused
from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.credentials.one_time_codes import carries_live_code
from idp.messaging import store
from idp.messaging.store import MessageFate

_ASK_ANEW = "ask the person to request a new one"


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as an operator may see it: the recipient is masked, in the gateway's answer too."""

    id: str
    channel: str
    kind: str
    account_id: str | None
    recipient: str
    state: str
    attempts: int
    created_at: int
    due_at: int
    expires_at: int
    sent_at: int | None
    gateway: str | None
    answer: str | None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


async def list_messages(
    db: AsyncConnection,
    *,
    account_id: str | None = None,
    state: str | None = None,
    channel: str | None = None,
    limit: int = 50,
) -> list[MessageView]:
    """The newest first."""
    fates = await store.list_fates(db, account_id=account_id, state=state, channel=channel, limit=limit)
    return [_view(fate) for fate in fates]


async def get_message(db: AsyncConnection, message_id: str) -> MessageView:
    """Raises `Refused`."""
    return _view(await _find(db, message_id))


async def retry_message(db: AsyncConnection, message_id: str, *, origin: Origin) -> MessageView:
    """Queues a failed message again, with all its tries; raises `Refused` where that is no help, or sends it twice."""
    fate = await _find(db, message_id)
    if fate.state == "sent":
        raise Refused(f"The message {message_id} was sent already.")
    if fate.state in {"queued", "sending"}:
        raise Refused(f"The message {message_id} is being tried: it needs no help.")
    # A code that was used, guessed at too often, or has expired since.
    if fate.expires_at <= origin.now or await carries_live_code(db, message_id, origin.now) is False:
        raise Refused(f"What the message {message_id} says does not hold any more: {_ASK_ANEW}.")
    if not await store.requeue(db, message_id, origin.now):
        raise Refused(f"The message {message_id} cannot be sent again, or may have been sent: {_ASK_ANEW}.")
    details = {"message_id": message_id, "kind": fate.kind}
    await record(
        db, Event.MESSAGE_RETRIED, outcome="success", origin=origin, account_id=fate.account_id, details=details
    )
    return await get_message(db, message_id)


def answer_without_recipient(fate: MessageFate, masked: str) -> str | None:
    """What the gateway said. Many repeat whom the message was for, in letters of either case: `masked` stands there."""
    if fate.answer is None:
        return None
    number = re.escape(fate.recipient.removeprefix("+"))
    return re.sub(rf"\+?{number}", lambda _: masked, fate.answer, flags=re.IGNORECASE)


async def _find(db: AsyncConnection, message_id: str) -> MessageFate:
    fate = await store.find_fate(db, message_id)
    if fate is None:
        raise Refused(f"There is no message {message_id!r}: `idp messages list` shows the newest.")
    return fate


def _view(fate: MessageFate) -> MessageView:
    masked = _masked(fate)
    return MessageView(**(asdict(fate) | {"recipient": masked, "answer": answer_without_recipient(fate, masked)}))


def _masked(fate: MessageFate) -> str:
    match fate.channel:
        case "mail":
            return mask_email_short(fate.recipient)
        case "sms":
            return mask_phone(fate.recipient)
        case _:
            return fate.recipient  # an application: nobody's secret
