"""A counter of attempts, on a lane: the login page and its form ask for two of them."""

from sqlalchemy import String, bindparam, select

from idp.database.engine import Database
from idp.database.lanes import Key
from idp.throttling.attempts import stored_key
from idp.throttling.table import attempt_counters

COUNTER = select(
    attempt_counters.c.key,
    attempt_counters.c.attempts,
    attempt_counters.c.blocked_until,
    attempt_counters.c.window_ends_at,
).where(attempt_counters.c.key == bindparam("given_key", type_=String))


class AttemptLane:
    """For pages, and for what is asked beside the secret: `attempts.reserve` alone decides."""

    def __init__(self, database: Database) -> None:
        self._counters = database.reading_lane(COUNTER, key=Key("given_key", "key"), shares_connection=True)

    async def count(self, key: str, now: int) -> int:
        """How many attempts are remembered."""
        row = await self._counters.run({"given_key": stored_key(key)})
        return int(row.attempts) if row is not None and row.window_ends_at > now else 0

    async def seconds_blocked(self, key: str, now: int) -> int:
        """How long the next attempt has to wait; 0 when it may come."""
        row = await self._counters.run({"given_key": stored_key(key)})
        return max(row.blocked_until - now, 0) if row is not None else 0
