"""What has a limit of its own and no peer to divide by: memory, the price of logins, and who pays for them."""

from collections.abc import Callable
from statistics import median
from time import sleep

from bench.hashing import verifications_per_second
from bench.load import begin, finish, run
from bench.machine import cpu_seconds, resident_mib
from bench.measure import Effort
from bench.report import Finding, Row
from bench.scenarios import Round, client_credentials, login
from bench.servers.server import Server

MEMORY, MIXED = "memory", "mixed"
FINDINGS = (MEMORY, MIXED)
LOGGING_IN = 8  # connections
_ASKING = 16  # connections
_LEAD = 0.5  # seconds that the logins begin before, and go on after, what they may disturb


def idle_memory(server: Server, database: str) -> Finding:
    """Before anything was asked of it."""
    return Finding(f"memory of a worker when idle, {database}", resident_mib(server.pid), 120, " MB", at_most=True)


def grown_memory(server: Server, database: str, idle: Finding) -> Finding:
    """After all rows, as a multiple of what it was before them."""
    now = resident_mib(server.pid)
    name = f"memory of a worker after all rows, as a multiple of idle, {database}"
    return Finding(name, now / idle.value, 1.5, "", at_most=True, detail=f"{now:.0f} MB")


def logins_beside_hashing(row: Row, core: int, seconds: float) -> Finding:
    """Logins may cost little beside their hash. `row`: of the scenario `login`."""
    alone = verifications_per_second(core, seconds)
    detail = f"{row.ours.rate:.1f} of {alone:.1f} a second"
    name = f"logins, as a share of what argon2id alone reaches, {row.database}"
    return Finding(name, row.ours.rate / alone, 0.9, "", at_most=False, detail=detail)


def tail_beside_logins(server: Server, database: str, effort: Effort, on_run: Callable[[str], None]) -> Finding:
    """The 99th percentile of `client_credentials` while people log in, divided by that without them; alternated."""
    on_run("warming up")
    _asked(server, effort.prewarm)
    quiet, busy = [], []
    for number in range(effort.rounds):
        on_run(f"without logins, round {number + 1}")
        quiet.append(_asked(server, effort.seconds))
        on_run(f"with logins, round {number + 1}")
        busy.append(_asked_beside_logins(server, effort.seconds))
    before, beside = median(quiet), median(busy)
    detail = f"{before:.1f} and {beside:.1f} ms; {_ASKING} connections ask, {LOGGING_IN} log in, on one core"
    name = f"p99 of client_credentials beside logins, {database}"
    return Finding(name, beside / before, 1.5, "", at_most=True, detail=detail)


def _asked(server: Server, seconds: float) -> float:
    """p99 in ms."""
    return run(server, client_credentials(Round(server, "ES256", _ASKING, seconds))).p99


def _asked_beside_logins(server: Server, seconds: float) -> float:
    before = cpu_seconds(server.pid)
    plan = login(Round(server, "ES256", LOGGING_IN, seconds + 2 * _LEAD))
    people = begin(server, {**plan, "beside": True})
    sleep(_LEAD)
    p99 = _asked(server, seconds)
    finish(server, people, before)
    return p99
