"""Rows of `outbox`.

    queued ─claim→ sending ─record→ sent | failed | queued (to be tried again)
    queued, or sending with a lapsed lease ─drop_dead→ expired | failed

`due_at` of a message being sent is the end of its lease: whoever claimed it and died loses it then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, String, Update, and_, bindparam, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.database.prepared import Prepared
from idp.database.sweeping import Sweep
from idp.messaging.table import failed_with_payload, is_sending, outbox

_UNFINISHED = ("queued", "sending")

# The fate of a message answers questions for a while.
SWEEP = Sweep(
    outbox,
    outbox.c.created_at,
    kept_seconds=90 * 24 * 3600,
    is_held=lambda _: outbox.c.state.in_(_UNFINISHED),
)


_INSERTED = Prepared(outbox.insert(), given=tuple(outbox.c.keys()))
_ABSENT = {column.name: None for column in outbox.c if column.nullable}


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """A message that this worker alone may send, until `due_at`."""

    id: str
    channel: str
    kind: str
    account_id: str | None
    recipient: str
    sealed_payload: bytes | None  # None: nothing was sealed
    attempts: int  # this one included
    due_at: int
    created_at: int
    expires_at: int
    session_id: str | None = None  # of a logout notice


@dataclass(frozen=True, slots=True)
class MessageFate:
    """What operators see of a message: where it stands and what the gateway said, never its words."""

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


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one claimed message. `state` is sent, failed, expired or queued."""

    message: ClaimedMessage
    state: str
    gateway: str
    answer: str
    at: int
    due_at: int  # of a queued one: when to try again
    attempts: int
    keeps_payload: bool = False  # of a failed one that an operator may send again while what it says holds


async def insert(db: AsyncConnection, **columns: object) -> None:
    await _INSERTED.run(db, _ABSENT | columns)


_OWN = (
    outbox.c.id == bindparam("given_id", type_=String),
    outbox.c.state == "sending",
    outbox.c.due_at == bindparam("lease_ends", type_=BigInteger),
)
_RESULT = ("state", "attempts", "due_at", "gateway", "answer", "sent_at", "sealed_payload")
# What became of a message; no row when the lease has passed to another worker meanwhile.
RECORD_RESULT: Update = (
    update(outbox)
    .where(*_OWN)
    .values({name: bindparam(f"new_{name}", type_=outbox.c[name].type) for name in _RESULT})
    .returning(outbox.c.id)
)


async def has_due(db: AsyncConnection, channel: str, now: int) -> bool:
    """Whether a claim would find anything: asked first, because a claim takes SQLite's one writer."""
    return bool(await db.scalar(select(exists().where(_is_due(channel, now)))))


async def count_waiting(db: AsyncConnection) -> dict[str, int]:
    """How many messages have not left, by channel; none for a channel without any."""
    waiting = select(outbox.c.channel, func.count()).where(outbox.c.state.in_(_UNFINISHED)).group_by(outbox.c.channel)
    return {channel: count for channel, count in (await db.execute(waiting)).all()}


def _is_due(channel: str, now: int) -> ColumnElement[bool]:
    return and_(outbox.c.channel == channel, outbox.c.state.in_(_UNFINISHED), outbox.c.due_at <= now)


async def drop_dead(db: AsyncConnection, channel: str, now: int, *, repeats_safely: bool) -> None:
    """Finishes what must not be sent any more: dead codes, and what may not go twice and a sender died with in hand."""
    due = _is_due(channel, now)
    gone = {"sealed_payload": None, "due_at": now}
    await db.execute(update(outbox).where(due, outbox.c.expires_at <= now).values(state="expired", **gone))
    if not repeats_safely:
        # It may have been sent, and a second one costs money and confuses: the person can ask for a new code.
        lapsed = and_(due, is_sending)
        await db.execute(update(outbox).where(lapsed).values(state="failed", answer="outcome unknown", **gone))


async def claim(db: AsyncConnection, channel: str, *, limit: int, now: int, lease_ends: int) -> list[ClaimedMessage]:
    """Takes up to `limit` due messages, oldest first. Two workers never get the same one."""
    due = (
        select(outbox.c.id)
        .where(_is_due(channel, now))
        .order_by(outbox.c.due_at, outbox.c.created_at)
        .limit(limit)
        .with_for_update(skip_locked=True)  # PostgreSQL; SQLite has one writer at a time anyway
        .cte("due")
    )
    return await _take(db, and_(outbox.c.id.in_(select(due.c.id)), _is_due(channel, now)), lease_ends=lease_ends)


async def claim_untried(db: AsyncConnection, ids: Sequence[str], *, lease_ends: int) -> list[ClaimedMessage]:
    """Takes those of the messages that nobody has tried yet, due or not."""
    untried = and_(outbox.c.id.in_(ids), outbox.c.state == "queued", outbox.c.attempts == 0)
    return await _take(db, untried, lease_ends=lease_ends)


async def _take(db: AsyncConnection, condition: ColumnElement[bool], *, lease_ends: int) -> list[ClaimedMessage]:
    claimed = await db.execute(
        update(outbox)
        .where(condition)
        .values(state="sending", attempts=outbox.c.attempts + 1, due_at=lease_ends)
        .returning(*(outbox.c[name] for name in ClaimedMessage.__slots__))
    )
    return sorted((ClaimedMessage(**row) for row in claimed.mappings()), key=lambda message: message.created_at)


def result_parameters(result: Result) -> dict[str, Any]:
    """Of the statement `RECORD_RESULT`."""
    message = result.message
    return {
        "given_id": message.id,
        "lease_ends": message.due_at,
        "new_state": result.state,
        "new_attempts": result.attempts,
        "new_due_at": result.due_at,
        "new_gateway": result.gateway,
        "new_answer": result.answer,
        "new_sent_at": result.at if result.state == "sent" else None,
        "new_sealed_payload": message.sealed_payload if result.state == "queued" or result.keeps_payload else None,
    }


async def find_hold_up(db: AsyncConnection, message_id: str, *, paused: frozenset[str]) -> str | None:
    """The channel of a message that did not leave as it should, or cannot leave now; None: all is well.

    It failed, a try went wrong, or its gateway is down: this process leaves it alone (`paused`), or others wait for it.
    """
    row = (
        await db.execute(select(outbox.c.channel, outbox.c.state, outbox.c.answer).where(outbox.c.id == message_id))
    ).one_or_none()
    if row is None or row.state == "sent":
        return None
    channel = str(row.channel)
    if row.answer is not None or row.state not in _UNFINISHED or channel in paused:
        return channel
    # Only an unreachable gateway sends a message back without counting the try.
    waits = exists().where(
        outbox.c.state == "queued",
        outbox.c.channel == channel,
        outbox.c.attempts == 0,
        outbox.c.answer.is_not(None),
    )
    return channel if await db.scalar(select(waits)) else None


async def requeue(db: AsyncConnection, message_id: str, now: int) -> bool:
    """Queues a failed message anew; False when it has not failed, or its words are erased."""
    requeued = await db.execute(
        update(outbox)
        .where(
            outbox.c.id == message_id,
            outbox.c.state == "failed",
            or_(outbox.c.sealed_payload.is_not(None), outbox.c.session_id.is_not(None)),  # a notice has no words
            outbox.c.expires_at > now,
        )
        .values(state="queued", attempts=0, due_at=now, answer=None)
        .returning(outbox.c.id)
    )
    return requeued.first() is not None


async def find_fate(db: AsyncConnection, message_id: str) -> MessageFate | None:
    query = select(*(outbox.c[name] for name in MessageFate.__slots__)).where(outbox.c.id == message_id)
    row = (await db.execute(query)).mappings().one_or_none()
    return MessageFate(**row) if row else None


async def list_fates(
    db: AsyncConnection,
    *,
    account_id: str | None = None,
    state: str | None = None,
    channel: str | None = None,
    notices: bool = True,
    limit: int = 100,
) -> list[MessageFate]:
    """The newest messages first; `notices` False: only those that people read."""
    query = select(*(outbox.c[name] for name in MessageFate.__slots__)).order_by(outbox.c.created_at.desc())
    wanted = {"account_id": account_id, "state": state, "channel": channel}
    query = query.where(*(outbox.c[name] == value for name, value in wanted.items() if value is not None))
    if not notices:
        query = query.where(outbox.c.session_id.is_(None))
    return [MessageFate(**row) for row in (await db.execute(query.limit(limit))).mappings()]


async def erase_dead_payloads(db: AsyncConnection, now: int, limit: int) -> int:
    """Erases up to `limit` payloads of failed messages that nobody may send again; returns how many."""
    dead = (
        select(outbox.c.id)
        .where(failed_with_payload, outbox.c.expires_at <= now)
        .order_by(outbox.c.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await db.execute(update(outbox).where(outbox.c.id.in_(dead)).values(sealed_payload=None))).rowcount
