"""What a page says when a code was not sent: refused before it was queued, or held up on its way."""

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.credentials.one_time_codes import newest_message_id
from idp.lifecycle.code_messages import NotSent, NotSentReason
from idp.messaging.store import find_hold_up
from idp.web.pages import PageError
from idp.wiring import Wiring


def not_sent_error(not_sent: NotSent, *, field: str = "") -> PageError:
    """The sentence, with the time to wait where there is one."""
    minutes = {"n": max(-(-not_sent.seconds // 60), 1)}
    match not_sent.reason:
        case NotSentReason.WAIT:
            return PageError(field, "resend.wait", {"n": not_sent.seconds})
        case NotSentReason.TARGET:
            return PageError(field, "resend.limit")
        case NotSentReason.COUNTRY:
            return PageError(field, "phone.country")
        case NotSentReason.TOO_MANY:
            return PageError(field, "rate", minutes)
        case NotSentReason.BUDGET:
            return PageError(field, "sms.budget", minutes)


async def held_up_notice(wiring: Wiring, transaction_id: str | None) -> dict[str, str]:
    """The page's `notice`, instead of "we have sent it", while the newest message of the transaction does not leave.

    It is tried again by itself, so the notice goes away with a reload.
    """
    if not transaction_id:
        return {}
    async with wiring.database.reading() as db:
        return await notice_of_message(db, wiring, await newest_message_id(db, transaction_id))


async def notice_of_message(db: AsyncConnection, wiring: Wiring, message_id: str | None) -> dict[str, str]:
    """The same for a message that the page knows by its own id."""
    if message_id is None:
        return {}
    channel = await find_hold_up(db, message_id, paused=wiring.outbox.paused_channels())
    return {"notice": f"offline.{channel}"} if channel else {}
