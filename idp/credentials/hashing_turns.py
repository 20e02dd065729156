"""Gives the hashing of passwords its share of a core that is full, in pieces too short to be noticed.

The kernel shares such a core by the tick of its clock, every 4 ms with `CONFIG_HZ=250`: a hash that has it keeps it
until the next one, and every request that is under way waits. So on a core that the event loop fills hashing gets from
the kernel what nobody wants (`SCHED_IDLE`), and the loop steps aside for it, for a millisecond at most. Of requests
that fill a core the 99th percentile beside logins is 1.14 to 1.37 times what it is without them (3.1 times where the
kernel shares it, in a measurement that counted the start of the logins, too); two or three passwords a second are
checked all the same, instead of eleven.

Elsewhere that would be wrong: another program that never rests would keep the core from hashing, and a password would
take 7 seconds. There its threads have a priority a little below that of the event loop, and nobody steps aside.
"""

import asyncio
import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable

_LOWER_PRIORITY = 5  # where the core is not full: nine of ten requests wait 0.5 ms for a hash instead of 2
_FULL, _NOT_FULL = 0.6, 0.4  # of a core, taken by the event loop: above the first it is full until below the second
_SMOOTHING = 0.4  # what the last interval counts among those before
_SHARE = 0.06  # of the time that the event loop takes for itself
_INTERVAL_SECONDS = 0.005  # with 0.01 the pauses are twice as long; the percentile shows no difference
_LONGEST_PAUSE_SECONDS = 0.001  # however much is owed
_SHORTEST_PAUSE_SECONDS = 0.0001
_LONGEST_CREDIT_SECONDS = 0.005  # what hashing got beyond its share counts so far

ReadClock = Callable[[], float]


class HashingTurns:
    """Whether the event loop fills its core, and what it owes then to the threads that hash. Times are in seconds.

    `pause` lets them run; `loop_time` is the processor time of the event loop's thread.
    """

    def __init__(
        self,
        *,
        pause: Callable[[float], None] = time.sleep,
        loop_time: ReadClock = time.thread_time,
        passed: ReadClock = time.perf_counter,
    ) -> None:
        self.is_core_full = False
        self.has_given_way = False  # the threads that hash; they cannot go back
        self._pause = pause
        self._loop_time = loop_time
        self._passed = passed
        self._hashing: list[ReadClock] = []
        self._give_way: list[Callable[[], None]] = []
        self._is_wanted: Callable[[], bool] | None = None
        self._measured = (0.0, 0.0, 0.0)
        self._load = 0.0
        self._owed = 0.0

    def join(self) -> None:
        """Called first by each thread that hashes. Other systems than Linux know no priority of a single thread."""
        if sys.platform != "linux":
            return
        thread = threading.get_native_id()
        with contextlib.suppress(OSError):  # a container may forbid it
            os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + _LOWER_PRIORITY)
        self.add(_clock_of_this_thread(), give_way=lambda: _give_way(thread))

    def add(self, hashing_time: ReadClock, *, give_way: Callable[[], None]) -> None:
        """One thread that hashes: its processor time, and what makes it take only what nobody wants, for good."""
        self._hashing.append(hashing_time)
        self._give_way.append(give_way)
        if self.is_core_full:
            self._lower()

    def start_over(self) -> None:
        """Other threads hash from now on."""
        self._hashing.clear()
        self._give_way.clear()
        self.has_given_way = False

    def begin(self, is_wanted: Callable[[], bool]) -> None:
        """Called in the event loop when a hash waits; there are turns for as long as `is_wanted`."""
        if self._is_wanted is None:
            self._is_wanted = is_wanted
            self._owed = 0.0
            self._measured = self._measure()
            asyncio.get_running_loop().call_later(_INTERVAL_SECONDS, self.turn)

    def turn(self) -> None:
        """Looks how full the core is, steps aside for what is owed, and comes back."""
        if self._is_wanted is None or not self._is_wanted():
            self._is_wanted = None
            return
        before, self._measured = self._measured, self._measure()
        passed, of_loop, of_hashing = (now - then for now, then in zip(self._measured, before, strict=True))
        if passed:
            self._load += _SMOOTHING * (of_loop / passed - self._load)
        was_full, self.is_core_full = self.is_core_full, self._load > (_NOT_FULL if self.is_core_full else _FULL)
        if self.is_core_full:
            if not was_full:
                self._lower()
            owed = self._owed + _SHARE * of_loop - of_hashing
            self._owed = min(max(owed, -_LONGEST_CREDIT_SECONDS), _LONGEST_PAUSE_SECONDS)
            if self._owed >= _SHORTEST_PAUSE_SECONDS:
                self._pause(self._owed)
        asyncio.get_running_loop().call_later(_INTERVAL_SECONDS, self.turn)

    def _lower(self) -> None:
        self.has_given_way = True
        for give_way in self._give_way:
            give_way()

    def _measure(self) -> tuple[float, float, float]:
        return self._passed(), self._loop_time(), sum(clock() for clock in self._hashing)


def _give_way(thread: int) -> None:
    with contextlib.suppress(OSError):  # it has ended, or a container forbids it
        os.sched_setscheduler(thread, os.SCHED_IDLE, os.sched_param(0))


def _clock_of_this_thread() -> ReadClock:
    clock = time.pthread_getcpuclockid(threading.get_ident())

    def read() -> float:
        try:
            return time.clock_gettime(clock)
        except OSError:  # the thread has ended
            return 0.0

    return read
