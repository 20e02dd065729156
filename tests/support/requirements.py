"""Which rows of the two checklists in `docs/` have a passing test.

As a pytest plugin it writes `build/requirements.json` at the end of a run, pytest-xdist's workers included;
`python -m tests.support.requirements [SECTION …]` prints the table, and the rows of the named sections.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
CHECKLISTS = tuple(_ROOT / "docs" / name for name in ("security-checklist.json", "openid-checklist.json"))
RESULTS = _ROOT / "build" / "requirements.json"

SEVERITIES = ("C", "H", "M", "L")
_PROPERTY = "requirement"


@dataclass(frozen=True, slots=True)
class Row:
    """One demand of a checklist."""

    id: str
    section: str
    severity: str  # reliability and OpenID rows have none
    requirement: str


@lru_cache(maxsize=1)
def checklist() -> dict[str, Row]:
    """Every row by its id, in the documents' order."""
    items = [item for path in CHECKLISTS for item in json.loads(path.read_text(encoding="utf-8"))["items"]]
    return {
        item["id"]: Row(item["id"], item["section"], item.get("severity", "–"), item["requirement"]) for item in items
    }


class RequirementRecorder:
    """Collects the outcome of every marked test; it runs in the process that sees all reports."""

    def __init__(self) -> None:
        self._outcomes: dict[str, dict[str, str]] = defaultdict(dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, row in report.user_properties:
            if name == _PROPERTY and (report.when == "call" or report.outcome != "passed"):
                self._outcomes[str(row)][report.nodeid] = report.outcome

    def pytest_sessionfinish(self) -> None:
        if self._outcomes:
            RESULTS.parent.mkdir(exist_ok=True)
            RESULTS.write_text(json.dumps(self._outcomes, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(RequirementRecorder(), "requirement-recorder")


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Puts the rows into each test's report, and refuses a row that does not exist."""
    for item in items:
        for row in dict.fromkeys(str(row) for marker in item.iter_markers("requirement") for row in marker.args):
            if row not in checklist():
                raise pytest.UsageError(f"{item.nodeid}: the checklist has no row {row}")
            item.user_properties.append((_PROPERTY, row))


def rows_that_hold(outcomes: Mapping[str, Mapping[str, str]]) -> set[str]:
    """The rows with a passing test and no failing one; a skipped test proves nothing."""
    return {row for row, tests in outcomes.items() if "passed" in tests.values() and "failed" not in tests.values()}


def table(holding: set[str]) -> list[str]:
    """Held of all, by section and severity."""
    sections = dict.fromkeys(row.section for row in checklist().values())
    lines = ["section  " + "".join(f"{severity:>9}" for severity in (*SEVERITIES, "–", "all"))]
    for section in (*sections, "all"):
        rows = [row for row in checklist().values() if section in {row.section, "all"}]
        cells = [_share([row for row in rows if row.severity == severity], holding) for severity in (*SEVERITIES, "–")]
        lines.append(f"{section:<9}" + "".join(f"{cell:>9}" for cell in (*cells, _share(rows, holding))))
    return lines


def _share(rows: Sequence[Row], holding: set[str]) -> str:
    return f"{sum(row.id in holding for row in rows)}/{len(rows)}" if rows else ""


def main(sections: Sequence[str]) -> int:
    """Prints what the last run showed."""
    if not RESULTS.exists():
        sys.stderr.write("No test has run yet: make test\n")
        return 1
    holding = rows_that_hold(json.loads(RESULTS.read_text(encoding="utf-8")))
    lines = table(holding)
    for row in checklist().values():
        if row.section in sections:
            mark = "holds" if row.id in holding else "     "
            lines.append(f"{mark}  {row.id:<6} {row.severity}  {row.requirement}")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
