"""`python -m bench.publish`: draws the newest result for the README, writes its table into `docs/performance.md`.

What the newest flood and the newest soak of each database found goes below it.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.picture import PICTURE, draw
from bench.record import RESULTS
from bench.report import Finding
from bench.scenarios import DATABASES

DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"
_BEGIN, _END = "<!-- the newest result -->\n", "<!-- its end -->\n"
_ALONE = ("flood", "soak")  # make bench-flood, make bench-soak
_HEADINGS = (
    "operation",
    "database",
    "conn",
    "ours /s",
    "peer /s",
    "ratio",
    "gate, goal",
    "p99 ms",
    "CPU µs",
    "verdict",
)


def newest_result() -> Mapping[str, Any] | None:
    """As it was written; None before the first."""
    results = sorted(RESULTS.glob("[0-9]*.json"))  # by their day; other kinds have a word before it
    if not results:
        return None
    result: Mapping[str, Any] = json.loads(results[-1].read_text(encoding="utf-8"))
    return result


def newest_runs_alone() -> list[Mapping[str, Any]]:
    """Of ours without the peer: one for each kind and database of which there was one."""
    found = (sorted(RESULTS.glob(f"{kind}-{database}-*.json")) for kind in _ALONE for database in DATABASES)
    return [json.loads(of_a_kind[-1].read_text(encoding="utf-8")) for of_a_kind in found if of_a_kind]


def with_table(text: str, result: Mapping[str, Any], alone: Sequence[Mapping[str, Any]] = ()) -> str:
    """The document, with the table of this result in its place, and all findings below it."""
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return before + _BEGIN + "\n".join([*_lines(result, alone), ""]) + _END + after


def _lines(result: Mapping[str, Any], alone: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    yield f"Measured on {result['made_at'][:10]}: {result['machine']['processor']}, {versions}."
    yield ""
    yield _line(_HEADINGS)
    yield _line(["---"] * len(_HEADINGS))
    for row in result["rows"]:
        yield _line(_cells(row))
    yield ""
    for measured in (result, *alone):
        for finding in measured["findings"]:
            yield f"- {_sentence(finding)}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(row: Mapping[str, Any]) -> list[str]:
    ours, peer, target = row["ours"], row["peer"], row["target"]
    return [
        row["title"] if row["algorithm"] == "ES256" else f"{row['title']}, {row['algorithm']}",
        row["database"],
        str(row["connections"]),
        _rate(ours["rate"]),
        _rate(peer["rate"]),
        f"{row['ratio']:.2f}",
        f"{target['gate']:g}, {target['goal']:g}" if target else "–",
        f"{ours['p99']:.1f} : {peer['p99']:.1f}",
        f"{ours['cpu_us']:.0f} : {peer['cpu_us']:.0f}",
        row["verdict"],
    ]


def _rate(rate: float) -> str:
    return f"{rate:.1f}" if rate < 100 else f"{rate:.0f}"


def _sentence(finding: Mapping[str, Any]) -> str:
    told = {name: value for name, value in finding.items() if name != "holds"}
    return Finding(**told).sentence()


def main() -> None:
    """Write both files anew."""
    result = newest_result()
    if result is None:
        sys.exit("There is no result yet: make bench writes one.")
    PICTURE.write_text(draw(result), encoding="utf-8")
    DOCUMENT.write_text(with_table(DOCUMENT.read_text(encoding="utf-8"), result, newest_runs_alone()), encoding="utf-8")
    print(f"{PICTURE}, {DOCUMENT}: of {result['made_at'][:10]}")


if __name__ == "__main__":
    main()
