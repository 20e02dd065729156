"""Both servers, filled, started and loaded as in a real run, for a few operations."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench import flood, load, soak
from bench.benchmark import both_servers
from bench.checks import check_equal_work
from bench.load import BadRun, Plan, run
from bench.machine import Cores, choose_cores
from bench.measure import Effort, measure
from bench.node import LOAD, PEER
from bench.report import Row
from bench.results import new_result
from bench.scenarios import SCENARIOS, Round, Scenario, cases
from bench.servers.ours import Ours
from bench.servers.peer import Peer
from tests.bench.packages import need
from tests.support.components import missing

Servers = tuple[Ours, Peer]
_PATIENCE = 60.0  # seconds, on a machine that does other things too


@pytest.fixture(autouse=True)
def _load_at_any_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    """How busy the load generator was says something of this machine, and nothing of the benchmark."""
    for limit in ("_MUCH_LOAD_CPU", "_MOST_LOAD_CPU"):
        monkeypatch.setattr(load, limit, 100.0)


@pytest.fixture(scope="module")
def cores() -> Cores:
    if len(os.sched_getaffinity(0)) < 2:
        missing("the benchmark needs two cores")
    return choose_cores()


@pytest.fixture(scope="module")
def servers(cores: Cores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """On SQLite, up and filled."""
    need(PEER, LOAD)
    with both_servers("sqlite", tmp_path_factory.mktemp("bench") / "sqlite", cores) as both:
        yield both


def _shortened(scenario: Scenario) -> Scenario:
    """It ends after some operations, however long they take."""
    return replace(scenario, plan=lambda turn: {**scenario.plan(turn), "seconds": _PATIENCE, "operations": 20})


def _plan(name: str, server: Ours | Peer) -> Plan:
    scenario = next(each for each in SCENARIOS if each.name == name)
    return _shortened(scenario).plan(Round(server, "ES256", connections=2, seconds=0.1))


def test_a_scenario_is_measured_on_both_servers_that_do_the_same_work(servers: Servers) -> None:
    """The equal-work checks pass on both, one round of refreshes makes a row, and the table shows it."""
    for server in servers:
        check_equal_work(server)
    told: list[str] = []
    case = cases(_shortened(SCENARIOS[0]), ("sqlite",), (16,))[0]
    effort = Effort(rounds=1, seconds=1.0)
    measured = Row.of(case, measure(case, servers, effort, on_run=told.append))
    assert told == ["ours, warming up", "peer, warming up", "ours, round 1 of 1", "peer, round 1 of 1"]
    for figures in (measured.ours, measured.peer):
        assert figures.rate > 0
        assert figures.p50 <= figures.p99
        assert figures.cpu_us >= 0  # the clock of /proc ticks a hundred times a second
    result = new_result(effort, [measured], is_complete=False)
    assert "refresh rotation" in result.text()
    assert not result.is_for_the_record


@pytest.mark.parametrize("name", [scenario.name for scenario in SCENARIOS])
def test_every_scenario_is_answered_as_it_should_be(servers: Servers, name: str) -> None:
    """On both servers, from the authorization request to the code where people log in."""
    for server in servers:
        assert run(server, _plan(name, server)).rate > 0


def test_a_refresh_token_that_was_used_before_ends_the_run(servers: Servers) -> None:
    """The refusal is a bad answer, and the run says which one it was."""
    for server in servers:
        plan = _plan("refresh", server)
        run(server, plan)
        with pytest.raises(BadRun, match=f"{server.name}: .* wrong answers, such as refresh at /token: 400"):
            run(server, plan)


def test_a_server_that_signs_otherwise_does_not_do_the_same_work(servers: Servers) -> None:
    """Whoever answered the ES256 client with RS256 would be measured for something else."""
    for server in servers:
        right = dict(server.clients)
        server.clients["ES256"] = right["RS256"]
        try:
            with pytest.raises(BadRun, match=f"{server.name} does not do the same work"):
                check_equal_work(server)
        finally:
            server.clients.update(right)


def test_the_servers_stay_on_their_core(servers: Servers, cores: Cores) -> None:
    """Pinned, and apart from the load."""
    assert cores.server != cores.load
    for server in servers:
        assert os.sched_getaffinity(server.pid) == {cores.server}
        threads = [int(task.name) for task in Path(f"/proc/{server.pid}/task").iterdir()]
        assert {core for thread in threads for core in os.sched_getaffinity(thread)} == {cores.server}


def test_a_soak_has_each_scenario_in_its_turn(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends with the turn in which its time is over; a reading stands before the first turn and after each."""
    monkeypatch.setattr(soak, "_SECONDS", 0.1)  # says how many codes there are to redeem
    monkeypatch.setattr(soak, "SCENARIOS", tuple(map(_shortened, SCENARIOS)))
    told: list[str] = []
    result = soak.soak(servers[0], "sqlite", 0.1, told.append)
    assert [line.partition(",")[0] for line in told] == [each.name for each in SCENARIOS for _ in each.algorithms]
    idle, after = result.readings
    assert after.cpu_seconds > idle.cpu_seconds == 0
    assert after.resident_mib > 50


def test_a_flood_turns_people_away_and_ends(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    """More come than can be let in: some arrive, the others are told to come again, and nothing else is answered."""
    for name in ("_WARM_UP_SECONDS", "_BEFORE_SECONDS", "_AFTER_SECONDS", "_ASKING_SECONDS"):
        monkeypatch.setattr(flood, name, 1.0)
    monkeypatch.setattr(flood, "_ROUNDS", 1)
    told: list[str] = []
    result = flood.flood(servers[0], "sqlite", 2.0, told.append)
    assert told == [
        "warming up", "before the flood", "in the flood", "after the flood", "without a flood, round 1",
        "beside a flood, round 1",
    ]  # fmt: skip
    assert result.turned_away > 0
    assert min(result.before, result.during, result.after, result.turned_away_p99, result.beside_p99) > 0
    assert result.resident_most > 50
