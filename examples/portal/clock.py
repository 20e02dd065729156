"""The portal's clock; tests give the parts that need one their own."""

import time


def now() -> int:
    """Seconds since 1970, as tokens count them (RFC 7519 §2)."""
    return int(time.time())  # noqa: TID251 (an application of its own, with a clock of its own)
