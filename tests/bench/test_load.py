"""What a load brings back counts only if everything about it was right."""

from typing import Any

import pytest

from bench.load import BadRun, LoadIsTheLimit, sample_of

GOOD: dict[str, Any] = {
    "operations": 2000, "seconds": 4.0, "p50": 7.5, "p99": 12.0, "cpu": 0.31, "bad": 0, "example": None, "errors": 0,
}  # fmt: skip


def test_a_good_load_becomes_rates_and_shares() -> None:
    """Operations a second, microseconds of the server's CPU for each, and the share of its core."""
    sample = sample_of("ours", GOOD, 3.8)
    assert (sample.rate, sample.p50, sample.p99) == (500.0, 7.5, 12.0)
    assert sample.cpu_us == pytest.approx(1900)
    assert sample.server_cpu == pytest.approx(0.95)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"bad": 1, "example": "GET /jwks: 500 oops"}, "GET /jwks: 500 oops", id="a wrong answer"),
        pytest.param({"errors": 1}, "connections broke", id="a broken connection"),
        pytest.param({"operations": 0, "p50": None, "p99": None}, "nothing was answered", id="no answer"),
        pytest.param({"cpu": 0.91}, "itself the limit", id="a load generator above 0.9 of its core"),
    ],
)
def test_a_load_that_went_wrong_counts_for_nothing(changes: dict[str, Any], said: str) -> None:
    """The run ends with a sentence that names the server and the reason."""
    with pytest.raises(BadRun, match=f"ours: .*{said}"):
        sample_of("ours", GOOD | changes, 3.8)


def test_a_busy_load_counts_beside_a_server_that_is_the_limit() -> None:
    """Above 0.7 of its core the generator may have been what took the time, unless the server had none to spare."""
    assert sample_of("ours", {**GOOD, "cpu": 0.8}, 4.0 * 0.9).load_cpu == pytest.approx(0.8)
    with pytest.raises(LoadIsTheLimit, match="itself the limit"):
        sample_of("ours", {**GOOD, "cpu": 0.71}, 4.0 * 0.89)
