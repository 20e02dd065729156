"""A clock that tests move by hand."""

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
