"""`make bench-soak`: an hour of every scenario in turns on one worker of this provider, and what it holds in memory.

Memory that a cache or a leak takes shows after many turns, not after one. The figures say nothing of speed, so that
both databases may be tried at once, in two runs.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from statistics import linear_regression
from time import monotonic
from typing import Any

import click

from bench.alone import measure_alone
from bench.load import LoadIsTheLimit, run
from bench.machine import cpu_seconds, open_files, resident_mib
from bench.progress import Progress, in_words
from bench.report import Finding
from bench.scenarios import DATABASES, SCENARIOS, Case, Round, cases
from bench.servers.server import Server

_CONNECTIONS = (64,)
_SECONDS = 5.0  # of each scenario, before it is the next one's turn
_OVERHEAD_SECONDS = 2.0  # for its tokens, and for the load generator to begin
_A_MINUTE = 60.0
_MOST = 1.5  # times what an idle worker holds
_STEEPEST = 1.0  # MB in ten minutes, when caches have filled


@dataclass(frozen=True, slots=True)
class Reading:
    """After one turn of all scenarios. `cpu_seconds`: of the worker since it began."""

    minute: float
    cpu_seconds: float
    resident_mib: float
    open_files: int


@dataclass(frozen=True, slots=True)
class Soak:
    """`readings`: the first of them is the idle worker's."""

    database: str
    readings: tuple[Reading, ...]

    @property
    def growth(self) -> Finding:
        """The most that it held, as a multiple of idle."""
        idle, most = self.readings[0].resident_mib, max(each.resident_mib for each in self.readings)
        minutes = self.readings[-1].minute
        name = f"memory of a worker during {minutes:.0f} minutes of load, as a multiple of idle, {self.database}"
        detail = f"{idle:.0f} MB idle, {most:.0f} at most, {self.readings[-1].resident_mib:.0f} at the end"
        return Finding(name, most / idle, _MOST, "", at_most=True, detail=detail)

    @property
    def slope(self) -> Finding:
        """How it grew in the second half, by which time every cache is full."""
        half = self.readings[-1].minute / 2
        later = [(each.minute, each.resident_mib) for each in self.readings if each.minute >= half]
        slope = linear_regression(*zip(*later, strict=True)).slope * 10 if len(later) > 1 else 0.0
        name = f"growth of a worker in the second half of it, every ten minutes, {self.database}"
        return Finding(name, slope, _STEEPEST, " MB", at_most=True)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return (self.growth, self.slope)

    def lines(self) -> Iterator[str]:
        """For the terminal: one for every ten minutes, and what was found."""
        yield "minute  worker's CPU s  resident MB  open files"
        tenth = -1
        for each in self.readings:
            if each.minute // 10 > tenth or each is self.readings[-1]:
                tenth = int(each.minute // 10)
                yield f"{each.minute:6.0f}  {each.cpu_seconds:14.0f}  {each.resident_mib:11.1f}  {each.open_files:10}"
        yield from (finding.sentence() for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        readings = [{name: round(value, 1) for name, value in asdict(each).items()} for each in self.readings]
        return {"database": self.database, "readings": readings, "findings": [each.to_json() for each in self.findings]}


def soak(server: Server, database: str, seconds: float, on_load: Callable[[str], None]) -> Soak:
    """Every scenario in turn, again and again until the time is over; raises `BadRun` at a wrong answer."""
    began, cpu_before = monotonic(), cpu_seconds(server.pid)

    def read() -> Reading:
        passed = monotonic() - began
        spent = cpu_seconds(server.pid) - cpu_before
        return Reading(passed / _A_MINUTE, spent, resident_mib(server.pid), open_files(server.pid))

    readings = [read()]
    turn = _cases(database)
    while monotonic() - began < seconds:
        for case in turn:
            on_load(str(case))
            _load(server, case)
        readings.append(read())
    return Soak(database, tuple(readings))


def _cases(database: str) -> Sequence[Case]:
    return [case for scenario in SCENARIOS for case in cases(scenario, (database,), _CONNECTIONS)]


def _load(server: Server, case: Case) -> None:
    plan = case.scenario.plan(Round(server, case.algorithm, case.connections, _SECONDS))
    with suppress(LoadIsTheLimit):  # which would spoil a rate, and there is none
        run(server, plan)


@click.command()
@click.option("--database", default="postgresql", show_default=True, type=click.Choice(DATABASES))
@click.option("--minutes", default=60.0, show_default=True, type=click.FloatRange(0.1))
def main(database: str, minutes: float) -> None:
    """Load one worker for an hour, and say what it holds in memory."""
    seconds = minutes * _A_MINUTE
    progress = Progress(round(seconds / (_SECONDS + _OVERHEAD_SECONDS)) + 1, seconds)
    progress.say(f"{database}: every scenario in turn for {in_words(seconds)}.")
    measure_alone("soak", database, lambda server: soak(server, database, seconds, progress.begin))


if __name__ == "__main__":
    main()
