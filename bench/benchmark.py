"""A whole run: databases made, servers filled and started, compared, checked, measured, and stopped."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.checks import check_equal_work
from bench.findings import FINDINGS, MEMORY, MIXED, grown_memory, idle_memory, logins_beside_hashing, tail_beside_logins
from bench.machine import Cores, choose_cores, staying_on
from bench.measure import Effort, measure
from bench.node import LOAD, PEER, install
from bench.progress import Progress, in_words
from bench.report import Finding, Row
from bench.results import Result, new_result
from bench.scenarios import CONNECTIONS, DATABASES, LOGIN, SCENARIOS, Case, Scenario, cases
from bench.servers.databases import databases
from bench.servers.mailbox import mailbox
from bench.servers.ours import Ours
from bench.servers.peer import Peer

_START_SECONDS = 15.0  # for both servers on one database


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be measured, and for how long."""

    scenarios: tuple[Scenario, ...]
    databases: tuple[str, ...]
    connections: tuple[int, ...]
    findings: tuple[str, ...]
    effort: Effort

    def cases(self, database: str) -> list[Case]:
        return [case for scenario in self.scenarios for case in cases(scenario, (database,), self.connections)]

    @property
    def is_complete(self) -> bool:
        """Whether nothing was left out."""
        everything = (SCENARIOS, DATABASES, CONNECTIONS, FINDINGS)
        return (self.scenarios, self.databases, self.connections, self.findings) == everything

    @property
    def rows(self) -> int:
        return sum(len(self.cases(database)) for database in self.databases)

    @property
    def loads(self) -> int:
        return self.rows * 2 * (self.effort.rounds + 1) + self._mixed * (2 * self.effort.rounds + 1)

    @property
    def seconds(self) -> float:
        """How long it takes if nothing has to be repeated."""
        return (self.rows + self._mixed) * self.effort.duration(2) + len(self.databases) * _START_SECONDS

    @property
    def _mixed(self) -> int:
        return len(self.databases) if MIXED in self.findings else 0


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
    findings: list[Finding] = []
    with staying_on(cores.load):
        for database in wanted.databases:
            with both_servers(database, directory / database, cores) as servers:
                idle = idle_memory(servers[0], database)
                for server in servers:
                    check_equal_work(server)
                progress.say(f"{database}: both servers do the same work.")
                of_database = [_row(case, servers, wanted.effort, progress) for case in wanted.cases(database)]
                findings += _findings(wanted, of_database, servers[0], database=database, progress=progress)
                if MEMORY in wanted.findings:
                    findings += [idle, grown_memory(servers[0], database, idle)]
                rows += of_database
    return new_result(wanted.effort, rows, is_complete=wanted.is_complete, findings=findings)


@contextmanager
def both_servers(database: str, directory: Path, cores: Cores) -> Iterator[tuple[Ours, Peer]]:
    """Both, up at once; only one is loaded at a time."""
    directory.mkdir(parents=True)
    names = (Ours.name, Peer.name)
    with mailbox(directory) as mail, databases(database, names, directory) as (of_ours, of_peer):
        ours = Ours(of_ours, directory / "ours", cores.server, mail)
        peer = Peer(of_peer, directory / "peer", cores.server)
        try:
            for server in (ours, peer):
                server.prepare()
                server.start()
            yield ours, peer
        finally:
            ours.stop()
            peer.stop()


def _findings(
    wanted: Wanted, rows: Sequence[Row], ours: Ours, *, database: str, progress: Progress
) -> Iterator[Finding]:
    for row in rows:
        if row.scenario == LOGIN:
            yield logins_beside_hashing(row, ours.core, wanted.effort.seconds)
    if MIXED in wanted.findings:
        name = f"{MIXED}, {database}"
        yield tail_beside_logins(ours, database, wanted.effort, lambda what: progress.begin(f"{name}: {what}"))


def _row(case: Case, servers: tuple[Ours, Peer], effort: Effort, progress: Progress) -> Row:
    loads = 0

    def tell(what: str) -> None:
        nonlocal loads
        loads += 1
        progress.begin(f"{case}: {what}")

    figures = measure(case, servers, effort, on_run=tell)
    progress.add(loads - len(servers) * (effort.rounds + 1))
    row = Row.of(case, figures)
    progress.say(f"{case}: {row.summary}")
    return row
