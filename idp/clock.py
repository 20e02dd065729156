"""The only source of time. Ruff bans every other one, so that tests can move time.

Moments are NumericDate seconds (RFC 7519 §2) everywhere: in tokens, in rows and in sealed values.
"""

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the current moment in whole NumericDate seconds."""

    def now(self) -> int: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        return int(time.time())
