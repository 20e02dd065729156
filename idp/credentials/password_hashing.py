"""argon2id in a small pool of threads with a short queue, so that a flood of logins neither eats the memory nor
holds up anything else.

Hashing releases the interpreter lock; the event loop only waits. What does not fit in the queue is refused at once.
"""

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from argon2 import PasswordHasher as Argon2
from argon2 import Type
from argon2.exceptions import InvalidHashError, VerificationError

from idp.credentials.password_policy import normalise_password
from idp.sealing import new_secret

_LOWER_PRIORITY = 5  # at 10 and more hardly a password is checked on a core that is full without
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


class PasswordHasher:
    """`threads` hashes run at once and `queue` more may wait. One per process; `close()` at the end."""

    def __init__(self, *, threads: int, queue: int, memory_kib: int, passes: int) -> None:
        self._argon2 = Argon2(time_cost=passes, memory_cost=memory_kib, parallelism=1, type=Type.ID)
        self._threads = threads
        self._places = threads + queue
        self._taken = 0
        self._lock = threading.Lock()
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="password-hashing", initializer=_give_way)
        # What an unknown account is checked against: same parameters, so that it costs the same.
        self._nobody = self._argon2.hash(new_secret())

    async def hash(self, password: str) -> str:
        """argon2id in PHC format; raises `HashingBusy` and `PasswordTooLong`."""
        normalised = normalise_password(password)
        if normalised is None:
            raise PasswordTooLong
        return await self._run(lambda: self._argon2.hash(normalised))

    async def verify(self, stored: str | None, password: str) -> Verified:
        """Checks against a stored hash; raises `HashingBusy`. None (no such account) costs the same, and never matches.

        A password that nobody can have set is refused without hashing, whoever is named.
        """
        normalised = normalise_password(password)
        if normalised is None:
            return Verified(matches=False)
        return await self._run(lambda: self._compare(stored, normalised))

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

    async def _run(self, job: Callable[[], _Result]) -> _Result:
        with self._lock:
            if self._taken >= self._places:
                raise HashingBusy(1 + self._taken // (self._threads * _HASHES_PER_THREAD_SECOND))
            self._taken += 1
        try:
            future = self._executor.submit(job)
        except BaseException:
            self._release()
            raise
        # The place is given back when the work is over, not when the visitor is gone: a cancelled request's hash
        # may still be running.
        future.add_done_callback(self._release)
        return await asyncio.wrap_future(future)

    def _release(self, _: "Future[_Result] | None" = None) -> None:
        with self._lock:
            self._taken -= 1


def _give_way() -> None:
    """Lowers this thread's priority: where it shares a core with the event loop, that waits 0.5 ms for it instead of
    2 in nine of ten cases, and one password of twenty fewer is checked. Other systems know none of a single thread."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # a container may forbid it
            thread = threading.get_native_id()
            os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + _LOWER_PRIORITY)
