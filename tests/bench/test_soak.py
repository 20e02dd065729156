"""What an hour of load says of a worker's memory."""

from dataclasses import replace

import pytest

from bench.soak import Reading, Soak

_HOUR = tuple(Reading(float(minute), 50.0 * minute, 100.0 + minute / 2, 40) for minute in range(0, 61, 2))


def test_what_counts_is_the_most_that_it_held() -> None:
    """Not what it held at the end; half as much again as an idle worker holds, it may."""
    assert Soak("sqlite", _HOUR).growth.holds
    peak = Reading(30, 1500, 151, 40)
    growth = Soak("sqlite", (*_HOUR[:15], peak, *_HOUR[16:])).growth
    assert not growth.holds
    assert growth.detail == "100 MB idle, 151 at most, 130 at the end"


def test_what_counts_for_a_leak_is_the_second_half() -> None:
    """Caches fill in the first; afterwards a worker may grow by one MB in ten minutes."""
    filled = tuple(replace(each, resident_mib=min(each.resident_mib, 115.0)) for each in _HOUR)
    assert Soak("sqlite", filled).slope.value == 0
    leaking = Soak("sqlite", _HOUR).slope
    assert leaking.value == pytest.approx(5.0)
    assert not leaking.holds


def test_the_terminal_has_a_line_for_every_ten_minutes() -> None:
    """And one for the end, when that is between two of them; then the two findings."""
    heading, *lines, growth, slope = Soak("sqlite", _HOUR[:-1]).lines()
    assert ("as a multiple of idle" in growth, "every ten minutes" in slope) == (True, True)
    assert heading.split() == ["minute", "worker's", "CPU", "s", "resident", "MB", "open", "files"]
    assert [line.split()[0] for line in lines] == ["0", "10", "20", "30", "40", "50", "58"]
