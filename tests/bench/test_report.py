"""A row says what its figures mean, and the run fails for what misses its mark."""

import pytest

from bench.report import Finding, table
from bench.scenarios import CONNECTIONS, DATABASES, SCENARIOS, Target, cases
from tests.bench.figures import figures, row

TARGET = Target(gate=1.5, goal=3.0)


@pytest.mark.parametrize(
    ("rate", "verdict", "fails"),
    [
        pytest.param(149, "BELOW GATE", True, id="below the gate"),
        pytest.param(150, "gate", False, id="at the gate"),
        pytest.param(299, "gate", False, id="below the goal"),
        pytest.param(300, "goal", False, id="at the goal"),
    ],
)
def test_the_ratio_is_judged_by_gate_and_goal(rate: float, verdict: str, *, fails: bool) -> None:
    """Ours divided by the peer's rate; what is at the mark has reached it."""
    judged = row(figures(rate), figures(100), TARGET)
    assert judged.ratio == rate / 100
    assert (judged.verdict, judged.fails) == (verdict, fails)
    assert judged.summary.endswith(f"{rate / 100:.2f} ×, {verdict}")


def test_a_longer_tail_fails_a_row_that_is_fast_enough() -> None:
    """p99 may be no worse than the peer's, whatever the ratio is."""
    judged = row(figures(500, p99=10.0), figures(100, p99=9.9), TARGET)
    assert judged.verdict == "goal, longer tail"
    assert judged.fails
    assert not row(figures(500, p99=9.9), figures(100, p99=9.9), TARGET).fails


def test_a_server_without_its_core_makes_the_row_contended_or_commit_bound() -> None:
    """Other work spoils a row; waiting for the disk is part of an operation that commits."""
    held_up = figures(100, server_cpu=0.89)
    contended = row(figures(500), held_up, TARGET)
    assert contended.verdict == "goal, contended"
    assert contended.fails
    commit_bound = row(figures(500), held_up, TARGET, commits=True)
    assert commit_bound.verdict == "goal, commit-bound"
    assert not commit_bound.fails


def test_the_table_has_a_line_for_each_row_and_each_note_once() -> None:
    """Rows that share a note share its mark, and every figure of both servers is there."""
    rows = [row(figures(1200), figures(400), TARGET, note="a note"), row(figures(90), figures(30), note="a note")]
    lines = table(rows).splitlines()
    assert len(lines) == 2 + len(rows) + 1
    assert lines[-1] == "¹ a note"
    for said in ("JWKS¹", "1200", "400", "3.00", "1.5", "4.0:4.0", "9.0:9.0", "400:400", "goal"):
        assert said in lines[2]
    assert lines[3].endswith("–")  # no target, nothing to say


@pytest.mark.parametrize(
    ("value", "at_most", "holds"),
    [
        pytest.param(120, True, True, id="at the upper limit"),
        pytest.param(121, True, False, id="above it"),
        pytest.param(120, False, True, id="at the lower limit"),
        pytest.param(119, False, False, id="below it"),
    ],
)
def test_a_finding_holds_up_to_its_limit(value: float, *, at_most: bool, holds: bool) -> None:
    """And its sentence says so."""
    finding = Finding("memory", value, 120, " MB", at_most=at_most)
    assert finding.holds is holds
    assert ("holds" in finding.sentence()) is holds


def test_every_scenario_has_rows_on_both_databases() -> None:
    """All of them with 16 and 64 connections, but for logins; client_credentials with both algorithms."""
    rows = [case for scenario in SCENARIOS for case in cases(scenario, DATABASES, CONNECTIONS)]
    assert {(case.scenario.name, case.database) for case in rows} == {
        (scenario.name, database) for scenario in SCENARIOS for database in DATABASES
    }
    assert {case.algorithm for case in rows if case.scenario.name == "client_credentials"} == {"ES256", "RS256"}
    assert {case.connections for case in rows if case.scenario.name == "refresh"} == {16, 64}
    assert all(case.target is not None for case in rows if case.connections == 64)
