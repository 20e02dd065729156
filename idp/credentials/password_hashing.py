"""argon2id in a small pool of threads with a short queue, so that a flood of logins neither eats the memory nor
holds up anything else.

Hashing releases the interpreter lock; the event loop only waits. What does not fit in the queue is refused at once.
Where an attempt is counted before the password is looked at, the place comes first, so that a refusal costs nobody an
attempt:

    with hasher.place() as place:       # HashingBusy, or the place is ours
        …                               # count, commit
        await hasher.verify(stored, password, place=place)
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from argon2 import PasswordHasher as Argon2
from argon2 import Type
from argon2.exceptions import InvalidHashError, VerificationError

from idp import metrics
from idp.credentials.hashing_turns import HashingTurns
from idp.credentials.huge_pages import give_memory_back, want_huge_pages
from idp.credentials.password_policy import normalise_password
from idp.sealing import new_secret

_HASHES_PER_THREAD_SECOND = 10  # a cautious guess, for Retry-After
_Result = TypeVar("_Result")


class HashingBusy(Exception):
    """The queue is full; nothing was computed. Answer 503 with `Retry-After: retry_after` (seconds)."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("password hashing is busy")
        self.retry_after = retry_after


class PasswordTooLong(ValueError):
    """More than 1,024 characters, or no text: refused before any hashing."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of a password brought. `needs_rehash`: it matches, but was hashed with other parameters."""

    matches: bool
    needs_rehash: bool = False


class Place:
    """Room for one hash after the other; given by `PasswordHasher.place`."""

    running: Future[Any] | None = None


class PasswordHasher:
    """`threads` hashes run at once and `queue` more may wait. One per process; `close()` at the end."""

    def __init__(
        self, *, threads: int, queue: int, memory_kib: int, passes: int, turns: HashingTurns | None = None
    ) -> None:
        self._argon2 = Argon2(time_cost=passes, memory_cost=memory_kib, parallelism=1, type=Type.ID)
        self._memory_kib = memory_kib
        self._threads = threads
        self._places = threads + queue
        self._taken = 0
        self._lock = threading.Lock()
        self._turns = turns or HashingTurns()
        self._executor = self._new_executor()
        # What an unknown account is checked against: same parameters, so that it costs the same.
        self._nobody = self._argon2.hash(new_secret())

    @contextmanager
    def place(self) -> Iterator[Place]:
        """Room in pool or queue while the block runs; raises `HashingBusy`."""
        with self._lock:
            self.refuse_if_full()
            self._taken += 1
        metrics.hashing_waiting.inc()
        place = Place()
        try:
            yield place
        finally:
            # The place is given back when the work is over, not when the visitor is gone: a cancelled request's hash
            # may still be running.
            if place.running is None:
                self._release()
            else:
                place.running.add_done_callback(self._release)

    def refuse_if_full(self) -> None:
        """Raises `HashingBusy` if there is no room now: before work that would be for nothing."""
        if self._taken >= self._places:
            metrics.hashing_refused.inc()
            raise HashingBusy(1 + self._taken // (self._threads * _HASHES_PER_THREAD_SECOND))

    async def hash(self, password: str, *, place: Place | None = None) -> str:
        """argon2id in PHC format; raises `PasswordTooLong`, and `HashingBusy` without a `place`."""
        normalised = normalise_password(password)
        if normalised is None:
            raise PasswordTooLong
        return await self._run(lambda: self._argon2.hash(normalised), place)

    async def verify(self, stored: str | None, password: str, *, place: Place | None = None) -> Verified:
        """Checks against a stored hash; raises `HashingBusy` without a `place`. None (no such account) costs the same,
        and never matches.

        A password that nobody can have set is refused without hashing, whoever is named.
        """
        normalised = normalise_password(password)
        if normalised is None:
            return Verified(matches=False)
        return await self._run(lambda: self._compare(stored, normalised), place)

    def close(self) -> None:
        """Waits for the hashes that are running and drops those that wait."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    @property
    def waiting(self) -> int:
        """Hashes that run or wait at this moment."""
        return self._taken

    def _compare(self, stored: str | None, password: str) -> Verified:
        try:
            self._argon2.verify(self._nobody if stored is None else stored, password)
        except (VerificationError, InvalidHashError):
            return Verified(matches=False)
        if stored is None:
            return Verified(matches=False)
        return Verified(matches=True, needs_rehash=self._argon2.check_needs_rehash(stored))

    async def _run(self, job: Callable[[], _Result], place: Place | None) -> _Result:
        if place is None:
            with self.place() as own:
                return await self._run(job, own)
        future = place.running = self._executor_for_now().submit(job)
        self._turns.begin(lambda: self._taken > 0)
        return await asyncio.wrap_future(future)

    def _executor_for_now(self) -> ThreadPoolExecutor:
        """With new threads once the core has room again: those that gave way do so for good.

        The new ones begin when the old ones have finished what they were given: there are never more of them at work,
        and no more memory in use, than was asked for, and nobody is overtaken.
        """
        if self._turns.has_given_way and not self._turns.is_core_full:
            old, self._executor = self._executor, self._new_executor()
            old.submit(give_memory_back, self._memory_kib * 1024)
            old.shutdown(wait=False)
            self._turns.start_over()
            for _ in range(self._threads):
                self._executor.submit(old.shutdown)
        return self._executor

    def _new_executor(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads, thread_name_prefix="password-hashing", initializer=self._begin)

    def _begin(self) -> None:
        """What each thread does first."""
        self._turns.join()
        want_huge_pages(self._memory_kib * 1024)

    def _release(self, _: Future[Any] | None = None) -> None:
        with self._lock:
            self._taken -= 1
        metrics.hashing_waiting.dec()
