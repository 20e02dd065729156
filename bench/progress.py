"""One line on the terminal that says what runs and how long the rest will take."""

import sys
from time import monotonic

_WIDTH = 24


class Progress:
    """`total`: loads that are expected, and `seconds` that they take."""

    def __init__(self, total: int, seconds: float) -> None:
        self._total = total
        self._expected = seconds
        self._done = 0
        self._began = monotonic()
        self._is_terminal = sys.stderr.isatty()

    def begin(self, what: str) -> None:
        """Before each load."""
        share = min(self._done / self._total, 1.0)
        passed = monotonic() - self._began
        left = passed / share * (1 - share) if share > 0.05 else max(self._expected - passed, 0)
        self._done += 1
        if self._is_terminal:
            bar = ("█" * round(share * _WIDTH)).ljust(_WIDTH, "·")
            sys.stderr.write(f"\r\x1b[K{bar} {_clock(left)} left  {what}")
            sys.stderr.flush()

    def add(self, loads: int) -> None:
        """For what had to be repeated."""
        self._total += loads

    def say(self, line: str) -> None:
        """A line that stays."""
        if self._is_terminal:
            sys.stderr.write("\r\x1b[K")
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def in_words(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"
