"""Clocks that tests move by hand."""

from idp.clock import SystemClock

_START = 1_768_478_400  # 2026-01-15 12:00:00 UTC, a Thursday


class MovableClock:
    """An `idp.clock.Clock` that stands still until it is told to move."""

    def __init__(self, start: int = _START) -> None:
        self._now = start

    def now(self) -> int:
        return self._now

    def advance(self, *, seconds: int = 0, minutes: int = 0, hours: int = 0, days: int = 0) -> int:
        """Moves the clock (backwards too, with negative numbers) and tells the new moment."""
        self._now += seconds + 60 * (minutes + 60 * (hours + 24 * days))
        return self._now


class RunningClock(MovableClock):
    """The machine's time, and as much beside it as it was moved.

    For a provider that shares its database with a process at the machine's time: what that process made due now is due
    here, too, whichever second that is by then.
    """

    def __init__(self) -> None:
        super().__init__(0)

    def now(self) -> int:
        return SystemClock().now() + self._now

    def advance(self, *, seconds: int = 0, minutes: int = 0, hours: int = 0, days: int = 0) -> int:
        super().advance(seconds=seconds, minutes=minutes, hours=hours, days=days)
        return self.now()

    def stand_beside(self, seconds: int) -> None:
        """So long after the machine's time, however it was moved before."""
        self._now = seconds
