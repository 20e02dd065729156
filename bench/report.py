"""What the figures mean: the ratio of each row, whether it reaches its gate and its goal, and the table of all rows."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.measure import Figures
from bench.scenarios import Case, Target

OURS, PEER = "ours", "peer"
_HEADINGS = (
    "scenario", "database", "alg", "conn", "ours /s", "min–max", "peer /s", "min–max", "ratio", "gate", "goal",
    "p50 ms", "p99 ms", "CPU µs", "verdict",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One case, measured."""

    scenario: str
    title: str
    database: str
    algorithm: str
    connections: int
    ours: Figures
    peer: Figures
    target: Target | None
    commits: bool = False
    note: str = ""

    @classmethod
    def of(cls, case: Case, figures: dict[str, Figures]) -> "Row":
        scenario = case.scenario
        return cls(
            scenario.name,
            scenario.title,
            case.database,
            case.algorithm,
            case.connections,
            figures[OURS],
            figures[PEER],
            case.target,
            scenario.commits,
            scenario.note,
        )

    @property
    def ratio(self) -> float:
        return self.ours.rate / self.peer.rate

    @property
    def has_longer_tail(self) -> bool:
        """The 99th percentile may not be worse than the peer's in any row."""
        return self.ours.p99 > self.peer.p99

    @property
    def held_up_by(self) -> str:
        """What kept a server from filling its core: the disk, where it has to wait for it, or other work."""
        if not (self.ours.is_contended or self.peer.is_contended):
            return ""
        return "commit-bound" if self.commits else "contended"

    @property
    def verdict(self) -> str:
        words = [_reached(self.ratio, self.target)] if self.target else []
        if self.has_longer_tail:
            words.append("longer tail")
        if self.held_up_by:
            words.append(self.held_up_by)
        return ", ".join(words) or "–"

    @property
    def summary(self) -> str:
        """For whoever watches the run."""
        return f"{_whole(self.ours.rate)} : {_whole(self.peer.rate)} /s, {self.ratio:.2f} ×, {self.verdict}"

    @property
    def fails(self) -> bool:
        is_slow = self.target is not None and self.ratio < self.target.gate
        return is_slow or self.has_longer_tail or self.held_up_by == "contended"

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio, "verdict": self.verdict}


@dataclass(frozen=True, slots=True)
class Finding:
    """A figure with a limit of its own, beside the rows. `at_most`: whether it must stay below the limit."""

    name: str
    value: float
    limit: float
    unit: str
    at_most: bool
    detail: str = ""

    @property
    def holds(self) -> bool:
        return self.value <= self.limit if self.at_most else self.value >= self.limit

    def sentence(self) -> str:
        bound = "at most" if self.at_most else "at least"
        verdict = "holds" if self.holds else "FAILS"
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.name}: {self.value:.2f}{self.unit}, {bound} {self.limit:g}{self.unit}: {verdict}{detail}"

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "holds": self.holds}


def _reached(ratio: float, target: Target) -> str:
    if ratio >= target.goal:
        return "goal"
    return "gate" if ratio >= target.gate else "BELOW GATE"


def table(rows: Sequence[Row]) -> str:
    """For a terminal; footnotes follow it."""
    notes = list(dict.fromkeys(row.note for row in rows if row.note))
    lines = [_HEADINGS, *(_cells(row, notes) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADINGS))]
    texts = [_aligned(line, widths) for line in lines]
    texts.insert(1, "  ".join("─" * width for width in widths))
    return "\n".join([*texts, *(f"{_mark(number)} {note}" for number, note in enumerate(notes, 1))])


def _cells(row: Row, notes: Sequence[str]) -> tuple[str, ...]:
    mark = _mark(notes.index(row.note) + 1) if row.note else ""
    target = row.target
    return (
        row.title + mark,
        row.database,
        row.algorithm,
        str(row.connections),
        _whole(row.ours.rate),
        f"{_whole(row.ours.slowest)}–{_whole(row.ours.fastest)}",
        _whole(row.peer.rate),
        f"{_whole(row.peer.slowest)}–{_whole(row.peer.fastest)}",
        f"{row.ratio:.2f}",
        f"{target.gate:g}" if target else "–",
        f"{target.goal:g}" if target else "–",
        _pair(row.ours.p50, row.peer.p50),
        _pair(row.ours.p99, row.peer.p99),
        f"{row.ours.cpu_us:.0f}:{row.peer.cpu_us:.0f}",
        row.verdict,
    )


def _aligned(cells: Iterable[str], widths: Sequence[int]) -> str:
    """Words to the left, figures to the right."""
    return "  ".join(
        cell.ljust(width) if column in {0, 1, 2, len(widths) - 1} else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ).rstrip()


def _pair(ours: float, peer: float) -> str:
    return f"{ours:.1f}:{peer:.1f}"


def _whole(number: float) -> str:
    return f"{number:.0f}" if number >= 100 else f"{number:.1f}"


def _mark(number: int) -> str:
    return "¹²³⁴⁵⁶⁷⁸⁹"[number - 1]
