"""Queues a message in the caller's transaction: it is sent if, and only if, what it tells about was committed."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.messaging import store
from idp.messaging.kinds import KINDS, Channel, Kind
from idp.sealing import MasterKeys, new_id

_SEAL_PURPOSE = "outbox"
_LONGEST_LIFE = 3 * 24 * 3600  # a notice that could not be sent for three days is no news any more

# One address and nothing that a header or an SMTP command could read as a second one. What a valid address or number
# is, `accounts` has decided before.
_PLAIN = r"[^@,;:<>()\[\]\\\"\x00-\x20\x7f-\U0010ffff]"
_RECIPIENT = {
    "mail": re.compile(_PLAIN + "{1,64}@" + _PLAIN + "{1,189}"),
    "sms": re.compile(r"\+[1-9][0-9]{5,14}"),
}


@dataclass(frozen=True, slots=True)
class Message:
    """What to say to whom. `expires_at` is when its code or link dies: a message still queued then is not sent.

    `values`: `code`, `link` (absolute, on the issuer), `when` (NumericDate), `browser`, `address`, `application`,
    `binding_message`, `left` (how many recovery codes); of a case of the support desk `number`, `service`, `hint`,
    `change`, `new_email`, `until` (NumericDate), `reason`.
    """

    channel: Channel
    kind: Kind
    account_id: str | None
    recipient: str
    locale: str
    values: Mapping[str, str | int]
    expires_at: int | None = None


async def enqueue(db: AsyncConnection, keys: MasterKeys, message: Message, now: int) -> str:
    """The id of the queued message; raises `ValueError` for a message that could never be sent."""
    _refuse_unsendable(message)
    message_id = new_id()
    payload = json.dumps({"locale": message.locale, "values": dict(message.values)})
    await store.insert(
        db,
        id=message_id,
        channel=message.channel,
        kind=message.kind,
        account_id=message.account_id,
        recipient=message.recipient,
        sealed_payload=keys.seal(payload.encode(), purpose=_SEAL_PURPOSE, context=message_id),
        state="queued",
        attempts=0,
        due_at=now,
        created_at=now,
        expires_at=now + _LONGEST_LIFE if message.expires_at is None else message.expires_at,
    )
    return message_id


async def enqueue_if(db: AsyncConnection, keys: MasterKeys, message: Message, now: int, *, wanted: bool) -> None:
    """Queues it, or does all of that work and takes it back: which of the two happened costs no time to tell apart."""
    savepoint = await db.begin_nested()
    await enqueue(db, keys, message, now)
    await (savepoint.commit() if wanted else savepoint.rollback())


def open_payload(keys: MasterKeys, message_id: str, sealed: bytes) -> tuple[str, dict[str, Any]]:
    """The locale and the values of a queued message; raises `SealBroken`."""
    payload = json.loads(keys.open(sealed, purpose=_SEAL_PURPOSE, context=message_id))
    return payload["locale"], payload["values"]


def _refuse_unsendable(message: Message) -> None:
    rules = KINDS.get(message.kind)
    if rules is None or message.channel not in rules.channels:
        raise ValueError(f"there is no {message.channel} of the kind {message.kind}")
    if missing := rules.needs - message.values.keys():
        raise ValueError(f"{message.kind} needs {', '.join(sorted(missing))}")
    if not _RECIPIENT[message.channel].fullmatch(message.recipient):
        raise ValueError(f"not one {message.channel} recipient")
