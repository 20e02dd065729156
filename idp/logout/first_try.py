"""The first try of the notices that a logout has just queued, so that its page can say who could not be reached."""

from collections.abc import Iterable

from idp.database.unavailable import DatabaseUnavailable
from idp.lifecycle.logout_notices import LogoutNotice, Participant
from idp.messaging.notices import LOGOUT_CHANNEL
from idp.wiring import Wiring

_SECONDS = 2.5  # a person waits for it; whoever takes longer is tried again behind the scenes


async def try_at_once(wiring: Wiring, notices: Iterable[LogoutNotice]) -> list[Participant]:
    """Those who have not taken their notice yet. To be called after the commit; the outbox goes on by itself."""
    queued = {notice.message_id: notice.participant for notice in notices if notice.message_id is not None}
    try:
        arrived = await wiring.outbox.deliver_now(LOGOUT_CHANNEL, list(queued), seconds=_SECONDS)
    except DatabaseUnavailable:
        # The logout itself is committed: it must not look like a failure.
        arrived = frozenset()
    return [participant for message_id, participant in queued.items() if message_id not in arrived]
