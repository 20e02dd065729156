"""Counts attempts at a secret before the secret is looked at, in one atomic statement.

A counter is a row per key. The statement that counts an attempt also sets when the next one may come, and does nothing
while a wait is running: however many tries arrive at once, no more than the free ones get through.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, ColumnElement, String, Table, bindparam, case, delete, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert

from idp.database.prepared import Prepared
from idp.database.sweeping import Sweep
from idp.sealing import digest
from idp.throttling.table import attempt_counters

if TYPE_CHECKING:
    from sqlalchemy.dialects.sqlite import Insert

_MAX_KEY_LENGTH = 96
_LONGEST_WAIT = 900  # a stranger who keeps guessing must not shut the owner out for longer

SWEEP = Sweep(
    attempt_counters,
    attempt_counters.c.window_ends_at,
    is_held=lambda now: attempt_counters.c.blocked_until > now,  # somebody waits
)


_FORGOTTEN = Prepared(
    delete(attempt_counters)
    .where(attempt_counters.c.key == bindparam("given_key", type_=String))
    .returning(attempt_counters.c.attempts)
)


@dataclass(frozen=True, slots=True)
class AttemptPolicy:
    """After `free` attempts each further one has to wait, twice as long every time; seconds.

    An hour (`window`) without an attempt forgets all of them.
    """

    free: int = 5
    first_wait: int = 60
    longest_wait: int = _LONGEST_WAIT
    window: int = 3600

    def __post_init__(self) -> None:
        if self.free < 1 or not 0 < self.first_wait <= self.longest_wait <= min(self.window, _LONGEST_WAIT):
            raise ValueError("an attempt policy waits at least a second and at most fifteen minutes")


GUESSES = AttemptPolicy()  # at a person's own secret


@dataclass(frozen=True, slots=True)
class DailyCap:
    """No more than `limit` attempts in a day that begins with the first of them."""

    limit: int = 20
    window: int = 86_400


@dataclass(frozen=True, slots=True)
class Allowed:
    """The attempt is counted and may go ahead."""

    attempts: int


@dataclass(frozen=True, slots=True)
class Blocked:
    """The attempt was not counted; seconds until the next one may come."""

    retry_after: int


async def reserve(db: AsyncConnection, key: str, policy: AttemptPolicy | DailyCap, now: int) -> Allowed | Blocked:
    """Counts one attempt, or says how long to wait. Commit it whatever the attempt brings."""
    parameters = {"given_key": stored_key(key), "now": now}
    counted = await _prepared_counting(policy).first(db, parameters)
    if counted is not None:
        return Allowed(counted.attempts)
    return Blocked(max(await seconds_blocked(db, key, now), 1))


async def seconds_blocked(db: AsyncConnection, key: str, now: int) -> int:
    """How long the next attempt has to wait; 0 when it may come. For pages: `reserve` alone decides."""
    until = await db.scalar(select(attempt_counters.c.blocked_until).where(attempt_counters.c.key == stored_key(key)))
    return max((until or 0) - now, 0)


async def clear(db: AsyncConnection, key: str) -> int:
    """Forgets the attempts, since the secret was proven; how many there were, the good one included."""
    forgotten = await _FORGOTTEN.first(db, {"given_key": stored_key(key)})
    return 0 if forgotten is None else int(forgotten.attempts)


async def clear_all(db: AsyncConnection, key: str) -> None:
    """Forgets the attempts under a key and under those that continue it (`password:<account>:<device>`)."""
    own = attempt_counters.c.key
    await db.execute(
        delete(attempt_counters).where(or_(own == stored_key(key), own.startswith(f"{key}:", autoescape=True)))
    )


@lru_cache(maxsize=64)
def _prepared_counting(policy: AttemptPolicy | DailyCap) -> Prepared:
    return Prepared(lambda insert: counting(insert, policy))


def counting(insert: "Callable[[Table], Insert]", policy: AttemptPolicy | DailyCap) -> ReturningInsert[tuple[str, int]]:
    """The statement of `reserve` for one policy: a row where the attempt was counted, none while a wait is running."""
    counters = attempt_counters.c
    now = bindparam("now", type_=BigInteger)
    window_end: ColumnElement[int] = now + policy.window
    fresh = counters.window_ends_at <= now
    attempts: ColumnElement[int] = case((fresh, 1), else_=counters.attempts + 1)
    if isinstance(policy, DailyCap):
        first_block: ColumnElement[int] = window_end if policy.limit <= 1 else literal(0, BigInteger)
        kept_end: ColumnElement[int] = case((fresh, window_end), else_=counters.window_ends_at)
        blocked_until: ColumnElement[int] = case((attempts >= policy.limit, kept_end), else_=literal(0, BigInteger))
    else:
        first_block, kept_end = now + _wait_after(1, policy), window_end
        blocked_until = now + _wait_expression(attempts, policy)
    first = {"attempts": 1, "window_ends_at": window_end, "blocked_until": first_block}
    return (
        insert(attempt_counters)
        .values(key=bindparam("given_key", type_=String), **first)
        .on_conflict_do_update(
            index_elements=["key"],
            set_={"attempts": attempts, "blocked_until": blocked_until, "window_ends_at": kept_end},
            where=counters.blocked_until <= now,
        )
        .returning(counters.key, counters.attempts)
    )


def _wait_after(attempts: int, policy: AttemptPolicy) -> int:
    """Seconds from this attempt until the next one may come."""
    if attempts < policy.free:
        return 0
    doublings = min(attempts - policy.free, policy.longest_wait.bit_length())
    return min(policy.first_wait << doublings, policy.longest_wait)


def _wait_expression(attempts: ColumnElement[int], policy: AttemptPolicy) -> ColumnElement[int]:
    """`_wait_after` in SQL: a short ladder, since SQLite may lack powers."""
    ladder = [(attempts < policy.free, 0)]
    step = policy.free
    while _wait_after(step, policy) < policy.longest_wait:
        ladder.append((attempts == step, _wait_after(step, policy)))
        step += 1
    return case(*ladder, else_=policy.longest_wait)


def stored_key(key: str) -> str:
    """The key as it is kept: one that is too long for the column, or not plain text, as its digest."""
    return key if len(key) <= _MAX_KEY_LENGTH and key.isascii() and key.isprintable() else f"digest:{digest(key)}"


async def give_back(db: AsyncConnection, key: str) -> None:
    """Takes one counted attempt off again: it was no guess. The others stay counted."""
    await db.execute(
        update(attempt_counters)
        .where(attempt_counters.c.key == stored_key(key), attempt_counters.c.attempts > 0)
        .values(attempts=attempt_counters.c.attempts - 1)
    )
