"""What a flood of logins must leave of a worker."""

from dataclasses import replace
from typing import Any

import pytest

from bench.flood import Flooded

_GOOD = Flooded(
    "sqlite",
    before=40.0, during=36.0, after=39.0, turned_away=21_000, turned_away_p99=60.0, quiet_p99=2.0, beside_p99=3.8,
    resident_before=140.0, resident_most=170.0,
)  # fmt: skip


def test_each_figure_has_its_limit() -> None:
    """A flood that leaves enough of everything: five findings, all of which hold."""
    assert [round(finding.value, 2) for finding in _GOOD.findings] == [0.9, 60, 1.9, 0.97, 1.21]
    assert all(finding.holds for finding in _GOOD.findings)
    assert _GOOD.findings[0].detail == "36.0 of 40.0 a second"


@pytest.mark.parametrize(
    ("place", "changes"),
    [
        pytest.param(0, {"during": 31.0}, id="too few get in"),
        pytest.param(1, {"turned_away_p99": 201.0}, id="the others wait to be told"),
        pytest.param(2, {"beside_p99": 4.1}, id="applications wait"),
        pytest.param(3, {"after": 31.0}, id="it goes on when it is over"),
        pytest.param(4, {"resident_most": 211.0}, id="it takes memory"),
    ],
)
def test_a_figure_beyond_its_limit_fails(place: int, changes: dict[str, Any]) -> None:
    """That one, and no other."""
    flooded = replace(_GOOD, **changes)
    assert [finding.holds for finding in flooded.findings] == [number != place for number in range(5)]
