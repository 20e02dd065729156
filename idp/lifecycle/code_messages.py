"""Issues a one-time code and queues the message that carries it, within every limit. Whoever sends a code does it here.

A refusal is returned, never raised, so that what was counted is committed. The code's row names its message: the page
that waits for the code can tell what became of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.credentials.one_time_codes import (
    CodeRequest,
    IssuedCode,
    attach_message,
    can_send,
    issue_code,
    seconds_until_resend,
)
from idp.lifecycle.sms_limits import SmsLimits, SmsRefusal, SmsRefused, count_sms
from idp.messaging.outbox import Message, enqueue
from idp.sealing import MasterKeys

log = structlog.get_logger(__name__)


class NotSentReason(StrEnum):
    """Why no code was sent; pages have a sentence for each."""

    WAIT = "wait"  # the last one left less than a minute ago
    TARGET = "target"  # this address or number has had its share
    COUNTRY = "country"
    TOO_MANY = "too_many"
    BUDGET = "budget"


@dataclass(frozen=True, slots=True)
class NotSent:
    """`seconds` until another try may succeed, where that is known."""

    reason: NotSentReason
    seconds: int = 0


async def send_code(
    db: AsyncConnection,
    keys: MasterKeys,
    request: CodeRequest,
    write: Callable[[IssuedCode], Message],
    *,
    sms: SmsLimits | None = None,
    origin: Origin,
) -> IssuedCode | NotSent:
    """`write` makes the message of the code. `sms` is given where the code travels as one."""
    refused = await _refusal(db, request, sms, origin)
    if refused is not None:
        return refused
    issued = await issue_code(db, keys, request, origin.now)
    message = write(issued)
    message_id = await enqueue(db, keys, message, origin.now)
    await attach_message(db, issued.id, message_id)
    await record(
        db,
        Event.VERIFICATION_SENT,
        outcome="success",
        origin=origin,
        account_id=request.account_id,
        details={"channel": message.channel, "purpose": request.purpose},
    )
    return issued


async def _refusal(db: AsyncConnection, request: CodeRequest, sms: SmsLimits | None, origin: Origin) -> NotSent | None:
    if request.transaction_id is not None and (
        wait := await seconds_until_resend(db, request.transaction_id, origin.now)
    ):
        return NotSent(NotSentReason.WAIT, wait)
    if not await can_send(db, request.target, origin.now):
        return NotSent(NotSentReason.TARGET)
    if sms is None:
        return None
    # An operator sends to many people from one address: only those who ask for themselves are counted by theirs.
    address = origin.address if origin.actor == "anonymous" else None
    refused = await count_sms(
        db, sms, phone=request.target, account_id=request.account_id, address=address, now=origin.now
    )
    return None if refused is None else await _told(db, request, refused, origin)


async def _told(db: AsyncConnection, request: CodeRequest, refused: SmsRefused, origin: Origin) -> NotSent:
    details = {"counter": refused.counter, "purpose": request.purpose}
    await record(db, Event.THROTTLED, outcome="refused", origin=origin, account_id=request.account_id, details=details)
    if refused.reason is SmsRefusal.BUDGET:
        log.warning("sms_budget_used_up", counter=refused.counter, seconds=refused.seconds)
    return NotSent(NotSentReason(refused.reason), refused.seconds)
