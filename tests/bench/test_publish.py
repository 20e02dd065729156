"""The documentation has the table of the newest result, and its picture."""

from bench.measure import Effort
from bench.picture import PICTURE, draw
from bench.publish import DOCUMENT, newest_result, newest_runs_alone, with_table
from bench.report import Finding
from bench.results import new_result
from bench.soak import Reading, Soak
from tests.bench.figures import figures, row

_TEXT = "# Performance\n\n<!-- the newest result -->\nan older one\n<!-- its end -->\n\n## And so on\n"


def test_the_table_takes_the_place_of_the_last_one() -> None:
    """A line for each row and each finding; what stands around it stays."""
    rows = [row(figures(3000), figures(1000)), row(figures(36.84), figures(61.1), scenario="login", connections=8)]
    findings = [Finding("memory", 130.0, 120, " MB", at_most=True)]
    soak = Soak("sqlite", (Reading(0, 0, 100, 40), Reading(30, 1500, 140, 90), Reading(60, 3000, 130, 90)))
    result = new_result(Effort(), rows, is_complete=True, findings=findings)
    written = with_table(_TEXT, result.to_json(), [soak.to_json()])
    assert written.startswith("# Performance\n\n<!-- the newest result -->\nMeasured on ")
    assert written.endswith("\n<!-- its end -->\n\n## And so on\n")
    assert "an older one" not in written
    assert "| 3000 | 1000 | 3.00 |" in written
    assert "| 8 | 36.8 | 61.1 | 0.60 |" in written
    assert "- memory: 130.00 MB, at most 120 MB: FAILS" in written
    assert "- memory of a worker during 60 minutes of load, as a multiple of idle, sqlite: 1.40" in written


def test_what_is_shown_is_the_newest_result() -> None:
    """Nobody has to believe a figure that is not on record."""
    result = newest_result()
    assert result is not None
    text = DOCUMENT.read_text(encoding="utf-8")
    assert with_table(text, result, newest_runs_alone()) == text
    assert draw(result) == PICTURE.read_text(encoding="utf-8")
