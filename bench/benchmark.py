"""A whole run: databases made, servers filled and started, compared, checked, measured, and stopped."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.checks import check_equal_work
from bench.machine import Cores, choose_cores, staying_on
from bench.measure import Effort, measure
from bench.node import LOAD, PEER, install
from bench.progress import Progress, in_words
from bench.report import Row
from bench.results import Result, new_result
from bench.scenarios import CONNECTIONS, DATABASES, SCENARIOS, Case, Scenario, cases
from bench.servers.databases import databases
from bench.servers.ours import Ours
from bench.servers.peer import Peer

_START_SECONDS = 15.0  # for both servers on one database


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be measured, and for how long."""

    scenarios: tuple[Scenario, ...]
    databases: tuple[str, ...]
    connections: tuple[int, ...]
    effort: Effort

    def cases(self, database: str) -> list[Case]:
        return [case for scenario in self.scenarios for case in cases(scenario, (database,), self.connections)]

    @property
    def is_complete(self) -> bool:
        """Whether nothing was left out."""
        return (self.scenarios, self.databases, self.connections) == (SCENARIOS, DATABASES, CONNECTIONS)

    @property
    def rows(self) -> int:
        return sum(len(self.cases(database)) for database in self.databases)

    @property
    def loads(self) -> int:
        return self.rows * 2 * (self.effort.rounds + 1)

    @property
    def seconds(self) -> float:
        """How long it takes if nothing has to be repeated."""
        return self.rows * self.effort.duration(2) + len(self.databases) * _START_SECONDS


def run_benchmark(wanted: Wanted, directory: Path) -> Result:
    """Raises `BadRun` as soon as something is measured that counts for nothing."""
    install(PEER)
    install(LOAD)
    cores = choose_cores()
    progress = Progress(wanted.loads, wanted.seconds)
    progress.say(
        f"{wanted.rows} rows, {wanted.effort.rounds} rounds of {wanted.effort.seconds:g} s for each server: about "
        f"{in_words(wanted.seconds)}, and up to twice that where other work disturbs it. Servers have core "
        f"{cores.server}; the load and PostgreSQL share core {cores.load}."
    )
    rows: list[Row] = []
    with staying_on(cores.load):
        for database in wanted.databases:
            with _servers(database, directory / database, cores) as servers:
                for server in servers:
                    check_equal_work(server)
                progress.say(f"{database}: both servers do the same work.")
                rows += [_row(case, servers, wanted.effort, progress) for case in wanted.cases(database)]
    return new_result(wanted.effort, rows, is_complete=wanted.is_complete)


@contextmanager
def _servers(database: str, directory: Path, cores: Cores) -> Iterator[tuple[Ours, Peer]]:
    """Both, up at once; only one is loaded at a time."""
    directory.mkdir(parents=True)
    with databases(database, ("ours", "peer"), directory) as (of_ours, of_peer):
        ours = Ours(of_ours, directory / "ours", cores.server)
        peer = Peer(of_peer, directory / "peer", cores.server)
        try:
            for server in (ours, peer):
                server.prepare()
                server.start()
            yield ours, peer
        finally:
            ours.stop()
            peer.stop()


def _row(case: Case, servers: tuple[Ours, Peer], effort: Effort, progress: Progress) -> Row:
    name = f"{case.scenario.name}, {case.database}, {case.algorithm}, {case.connections} connections"
    figures = measure(case, servers, effort, on_run=lambda what: progress.begin(f"{name}: {what}"))
    return Row.of(case, figures)
