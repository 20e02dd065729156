"""Prewarmed, alternated rounds of one case on servers that are up together, and what they add up to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.load import FULL, BadRun, Sample, run
from bench.scenarios import Case, Round
from bench.servers.server import Server

PREWARM_SECONDS = 4.0
OVERHEAD_SECONDS = 2.0  # of each round: its tokens, and the start of the load generator


@dataclass(frozen=True, slots=True)
class Effort:
    """How long it is measured. Valid for the record from five rounds of five seconds on."""

    rounds: int = 5
    seconds: float = 5.0

    @property
    def is_valid(self) -> bool:
        return self.rounds >= 5 and self.seconds >= 5

    @property
    def prewarm(self) -> float:
        return PREWARM_SECONDS if self.is_valid else self.seconds

    def duration(self, servers: int) -> float:
        """Seconds for one case that need not be repeated."""
        runs = servers * (self.rounds + 1)
        return servers * self.prewarm + servers * self.rounds * self.seconds + runs * OVERHEAD_SECONDS


@dataclass(frozen=True, slots=True)
class Figures:
    """What one server reached in one case: medians of its rounds, and the rates' extremes. Units as in `Sample`."""

    rate: float
    slowest: float
    fastest: float
    p50: float
    p99: float
    cpu_us: float
    server_cpu: float
    load_cpu: float

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> "Figures":
        rates = [sample.rate for sample in samples]
        return cls(
            rate=median(rates),
            slowest=min(rates),
            fastest=max(rates),
            p50=median(sample.p50 for sample in samples),
            p99=median(sample.p99 for sample in samples),
            cpu_us=median(sample.cpu_us for sample in samples),
            server_cpu=median(sample.server_cpu for sample in samples),
            load_cpu=median(sample.load_cpu for sample in samples),
        )

    @property
    def is_contended(self) -> bool:
        return self.server_cpu < FULL


def measure(
    case: Case, servers: Sequence[Server], effort: Effort, *, on_run: Callable[[str], None]
) -> dict[str, Figures]:
    """The figures of each server by its name; raises `BadRun`. `on_run` is told before each load what comes next.

    Where a server did not fill its core, all of them are measured once more: the disturbance may have passed.
    """
    figures = _all_rounds(case, servers, effort, on_run)
    if effort.is_valid and any(each.is_contended for each in figures.values()):
        figures = _all_rounds(case, servers, effort, on_run)
    return figures


def _all_rounds(
    case: Case, servers: Sequence[Server], effort: Effort, on_run: Callable[[str], None]
) -> dict[str, Figures]:
    samples: dict[str, list[Sample]] = {server.name: [] for server in servers}
    for server in servers:
        on_run(f"{server.name}, warming up")
        _once(case, server, effort.prewarm)
    for number in range(effort.rounds):
        for server in servers if number % 2 == 0 else tuple(reversed(servers)):
            on_run(f"{server.name}, round {number + 1} of {effort.rounds}")
            samples[server.name].append(_once(case, server, effort.seconds))
    return {name: Figures.of(of_server) for name, of_server in samples.items()}


def _once(case: Case, server: Server, seconds: float) -> Sample:
    """Raises `BadRun` that names the case."""
    try:
        return run(server, case.scenario.plan(Round(server, case.algorithm, case.connections, seconds)))
    except BadRun as error:
        raise BadRun(f"{case}: {error}") from error
