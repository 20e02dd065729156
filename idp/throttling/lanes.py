"""A counter of attempts, on lanes: the login page and its form ask for two of them, and the form counts one."""

from sqlalchemy import String, bindparam, select

from idp.database.engine import Database
from idp.database.lanes import Key
from idp.database.upsert import insert_for
from idp.throttling.attempts import GUESSES, Allowed, Blocked, counting, stored_key
from idp.throttling.table import attempt_counters

_MOST_WITHOUT = 4096
COUNTER = select(
    attempt_counters.c.key,
    attempt_counters.c.attempts,
    attempt_counters.c.blocked_until,
    attempt_counters.c.window_ends_at,
).where(attempt_counters.c.key == bindparam("given_key", type_=String))


class AttemptLane:
    """`reserve_guess` decides; the others are for pages, and for what is asked beside the secret."""

    def __init__(self, database: Database) -> None:
        key = Key("given_key", "key")
        self._counters = database.reading_lane(COUNTER, key=key, shares_connection=True)
        self._guesses = database.writing_lane(
            counting(insert_for(database.writer), GUESSES), key=key, shares_connection=True
        )
        self._without: dict[str, int] = {}  # keys without attempts, and the second in which that was so

    async def reserve_guess(self, key: str, now: int) -> Allowed | Blocked:
        """Does the same as `attempts.reserve` with `GUESSES`, committed."""
        row = await self._guesses.run({"given_key": stored_key(key), "now": now})
        return Allowed(row.attempts) if row is not None else Blocked(max(await self.seconds_blocked(key, now), 1))

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
