"""The register of requirements: what counts as shown, and that unknown rows are refused."""

import json
from pathlib import Path

import pytest

from tests.support import requirements
from tests.support.requirements import RequirementRecorder, checklist, rows_that_hold, table

pytest_plugins = ["pytester"]

_TESTS = """
    import pytest

    @pytest.mark.requirement("AZ-01", "AZ-02")
    def test_good(): pass

    @pytest.mark.requirement("AZ-02")
    def test_bad(): assert False

    @pytest.mark.requirement("AZ-03")
    def test_skipped(): pytest.skip("no")
"""


def test_a_row_holds_when_a_test_passes_and_none_fails() -> None:
    """A skipped test shows nothing, and one failure outweighs every success."""
    outcomes = {"A": {"t": "passed"}, "B": {"t": "passed", "u": "failed"}, "C": {"t": "skipped"}, "D": {}}
    assert rows_that_hold(outcomes) == {"A"}


@pytest.mark.parametrize("arguments", [(), ("--numprocesses=2",)])
def test_a_run_writes_what_it_showed(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """With and without workers, the outcomes of marked tests end up in one file."""
    results = pytester.path / "build" / "requirements.json"
    monkeypatch.setattr(requirements, "RESULTS", results)
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\nmarkers = requirement(*ids): rows")
    pytester.makepyfile(_TESTS)
    pytester.runpytest_inprocess("-p", "tests.support.requirements", *arguments).assert_outcomes(
        passed=1, failed=1, skipped=1
    )
    assert rows_that_hold(json.loads(results.read_text())) == {"AZ-01"}


def test_an_unknown_row_ends_the_run(pytester: pytest.Pytester) -> None:
    """A misspelt id would otherwise look like a requirement that nobody tests."""
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\nmarkers = requirement(*ids): rows")
    pytester.makepyfile('import pytest\n@pytest.mark.requirement("AZ-99")\ndef test_it(): pass')
    result = pytester.runpytest_inprocess("-p", "tests.support.requirements")
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_the_table_counts_by_section_and_severity() -> None:
    """The last line counts everything; it grows by one for one row."""
    total = len(checklist())
    assert table(set())[-1].split()[-1] == f"0/{total}"
    assert table({"AZ-01"})[-1].split()[-1] == f"1/{total}"
    assert table({"AZ-01"})[1].split()[:2] == ["AZ", "1/7"]


def test_nothing_is_written_without_marked_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of one unmarked file does not wipe out what the last whole run showed."""
    monkeypatch.setattr(requirements, "RESULTS", tmp_path / "requirements.json")
    RequirementRecorder().pytest_sessionfinish()
    assert list(tmp_path.iterdir()) == []
