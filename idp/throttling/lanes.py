"""A counter of attempts, on a lane: the login page and its form ask for two of them."""

from sqlalchemy import String, bindparam, select

from idp.database.engine import Database
from idp.database.lanes import Key
from idp.throttling.attempts import stored_key
from idp.throttling.table import attempt_counters

_MOST_WITHOUT = 4096
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
        self._without: dict[str, int] = {}  # keys without attempts, and the second in which that was so

    async def count(self, key: str, now: int) -> int:
        """How many attempts are remembered."""
        row = await self._counters.run({"given_key": stored_key(key)})
        return int(row.attempts) if row is not None and row.window_ends_at > now else 0

    async def count_for_page(self, key: str, now: int) -> int:
        """The same; that there are none is believed for the rest of the second, unless this process counts one.

        A visitor costs no statement then. Whoever sees a page that is a second too old is told so by its form.
        """
        if self._without.get(key) == now:
            return 0
        count = await self.count(key, now)
        if count == 0:
            if len(self._without) >= _MOST_WITHOUT:
                self._without.clear()
            self._without[key] = now
        return count

    def forget(self, key: str) -> None:
        """Something is being counted."""
        self._without.pop(key, None)

    async def seconds_blocked(self, key: str, now: int) -> int:
        """How long the next attempt has to wait; 0 when it may come."""
        row = await self._counters.run({"given_key": stored_key(key)})
        return max(row.blocked_until - now, 0) if row is not None else 0
