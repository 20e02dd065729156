"""How many passwords a second argon2id verifies when nothing else is done: `python -m bench.hashing SECONDS`.

One thread, with the parameters of the default settings; pinned by whoever starts it.
"""

import subprocess
import sys
from time import monotonic

from argon2 import PasswordHasher, Type

from bench.machine import pinned
from idp.settings import Settings


def verifications_per_second(core: int, seconds: float) -> float:
    """Measured in a process of its own on that core."""
    command = pinned([sys.executable, "-m", "bench.hashing", str(seconds)], core)
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return float(done.stdout)


def _measure(seconds: float) -> float:
    defaults = Settings.model_fields
    hasher = PasswordHasher(
        time_cost=defaults["argon2_passes"].default,
        memory_cost=defaults["argon2_memory_kib"].default,
        parallelism=1,
        type=Type.ID,
    )
    password = "five quiet lakes under snow"  # noqa: S105 - of nobody
    stored = hasher.hash(password)
    began, count = monotonic(), 0
    while monotonic() - began < seconds:
        hasher.verify(stored, password)
        count += 1
    return count / (monotonic() - began)


if __name__ == "__main__":
    print(_measure(float(sys.argv[1])))
