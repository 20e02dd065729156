"""`make bench-flood`: ten times as many people come to log in as one worker can check the passwords of.

As many as ever must get in, the others must hear at once that they should come again, applications must hardly notice,
and when it is over, it must be over.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from statistics import median
from subprocess import Popen
from time import sleep
from typing import Any

import click

from bench.alone import measure_alone
from bench.load import Plan, begin, counts_of, refuse_wrong, run
from bench.machine import resident_mib
from bench.progress import Progress, in_words
from bench.report import Finding
from bench.scenarios import DATABASES, Round, client_credentials, login
from bench.servers.server import PEOPLE, Server

_TIMES = 10
_LOGGING_IN = 8  # connections, before and after
_ASKING = 16  # connections
_LEAD_SECONDS = 1.0  # of a flood, before anything is asked beside it
_WARM_UP_SECONDS = 5.0
_BEFORE_SECONDS = 10.0
_AFTER_SECONDS = 5.0  # within which it must be over
_ASKING_SECONDS = 5.0
_ROUNDS = 5
_LOOK_SECONDS = 0.5
_LEAST_SHARE = 0.8  # of the logins without a flood


@dataclass(frozen=True, slots=True)
class Flooded:
    """What a flood left of the server. Rates: logins a second; times in ms; memory in MB."""

    database: str
    before: float
    during: float
    after: float
    turned_away: int
    turned_away_p99: float
    quiet_p99: float
    beside_p99: float
    resident_before: float
    resident_most: float

    @property
    def findings(self) -> tuple[Finding, ...]:
        at_least, at_most = (partial(Finding, at_most=which) for which in (False, True))
        return (
            at_least(
                f"logins in a flood of {_TIMES} times as many, as a share of those without it, {self.database}",
                self.during / self.before,
                _LEAST_SHARE,
                "",
                detail=f"{self.during:.1f} of {self.before:.1f} a second",
            ),
            at_most(
                f"p99 of being told to come again, {self.database}",
                self.turned_away_p99,
                200,
                " ms",
                detail=f"{self.turned_away} were told",
            ),
            at_most(
                f"p99 of client_credentials beside a flood, as a multiple of that without it, {self.database}",
                self.beside_p99 / self.quiet_p99,
                2,
                "",
                detail=f"{self.quiet_p99:.1f} and {self.beside_p99:.1f} ms; {_ASKING} connections ask",
            ),
            at_least(
                f"logins in the {_AFTER_SECONDS:.0f} seconds after it, as a share of those before, {self.database}",
                self.after / self.before,
                _LEAST_SHARE,
                "",
                detail=f"{self.after:.1f} a second",
            ),
            at_most(
                f"memory of a worker in a flood, as a multiple of that before, {self.database}",
                self.resident_most / self.resident_before,
                1.5,
                "",
                detail=f"{self.resident_before:.0f} and {self.resident_most:.0f} MB",
            ),
        )

    def lines(self) -> Iterator[str]:
        """For the terminal."""
        return (finding.sentence() for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        return {"database": self.database, "findings": [finding.to_json() for finding in self.findings]}


def flood(server: Server, database: str, seconds: float, on_load: Callable[[str], None]) -> Flooded:
    """A quiet time, a flood of so many seconds, and what follows; raises `BadRun` at a wrong answer."""
    on_load("warming up")
    _logins(server, _WARM_UP_SECONDS)
    on_load("before the flood")
    before, resident_before = _logins(server, _BEFORE_SECONDS), resident_mib(server.pid)
    arrivals = before * _TIMES
    on_load("in the flood")
    counts, resident_most = _watched(server, begin(server, _plan(server, arrivals, seconds)))
    on_load("after the flood")
    after = _logins(server, _AFTER_SECONDS)
    quiet, beside = [], []
    for number in range(_ROUNDS):
        on_load(f"without a flood, round {number + 1}")
        quiet.append(_asked(server))
        on_load(f"beside a flood, round {number + 1}")
        beside.append(_asked_beside(server, arrivals))
    return Flooded(
        database,
        before=before,
        during=counts["operations"] / counts["seconds"],
        after=after,
        turned_away=counts["turnedAway"],
        turned_away_p99=counts["turnedAwayP99"] or 0.0,
        quiet_p99=median(quiet),
        beside_p99=median(beside),
        resident_before=resident_before,
        resident_most=resident_most,
    )


def _plan(server: Server, arrivals: float, seconds: float) -> Plan:
    everybody = login(Round(server, "ES256", PEOPLE, seconds))
    return {**everybody, "program": "flood", "arrivals": arrivals, "beside": True}


def _watched(server: Server, process: "Popen[str]") -> tuple[Mapping[str, Any], float]:
    """What the load counted, and the most memory that the server held meanwhile."""
    most = 0.0
    while process.poll() is None:
        most = max(most, resident_mib(server.pid))
        sleep(_LOOK_SECONDS)
    counts = counts_of(process)
    refuse_wrong(server.name, counts)
    return counts, most


def _logins(server: Server, seconds: float) -> float:
    """How many a second, when nobody comes before somebody has left."""
    return run(server, login(Round(server, "ES256", _LOGGING_IN, seconds))).rate


def _asked(server: Server) -> float:
    """p99 in ms."""
    return run(server, client_credentials(Round(server, "ES256", _ASKING, _ASKING_SECONDS))).p99


def _asked_beside(server: Server, arrivals: float) -> float:
    people = begin(server, _plan(server, arrivals, _ASKING_SECONDS + 2 * _LEAD_SECONDS))
    sleep(_LEAD_SECONDS)
    p99 = _asked(server)
    refuse_wrong(server.name, counts_of(people))
    return p99


@click.command()
@click.option("--database", default="postgresql", show_default=True, type=click.Choice(DATABASES))
@click.option("--seconds", default=60.0, show_default=True, type=click.FloatRange(1), help="Of the flood.")
def main(database: str, seconds: float) -> None:
    """Flood one worker with people who log in, and say what becomes of them and of everybody else."""
    whole = _WARM_UP_SECONDS + _BEFORE_SECONDS + seconds + _AFTER_SECONDS + 2 * _ROUNDS * (_ASKING_SECONDS + 1)
    progress = Progress(4 + 2 * _ROUNDS, whole)
    progress.say(f"{database}: a flood of {in_words(seconds)}; {in_words(whole)} in all.")
    measure_alone("flood", database, lambda server: flood(server, database, seconds, progress.begin))


if __name__ == "__main__":
    main()
