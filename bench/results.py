"""The outcome of `make bench`: for the terminal, and for the record."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from bench import machine
from bench.measure import Effort
from bench.node import PEER, find_node
from bench.report import Finding, Row, table
from bench.servers.interpreter import version_of_interpreter
from bench.servers.ours import DEVIATIONS
from idp.clock import SystemClock

_NOT_VALID = "Not valid for the record: fewer rounds, shorter ones, or not every row."


@dataclass(frozen=True, slots=True)
class Result:
    """`made_at`: seconds since 1970. `machine`: what it was measured on, `versions`: and what."""

    made_at: int
    machine: dict[str, str]
    versions: dict[str, str]
    effort: Effort
    is_complete: bool
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def is_for_the_record(self) -> bool:
        return self.effort.is_valid and self.is_complete

    @property
    def fails(self) -> bool:
        return any(row.fails for row in self.rows) or not all(finding.holds for finding in self.findings)

    def text(self) -> str:
        deviations = ", ".join(f"{name}={value}" for name, value in DEVIATIONS.items())
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        parts = [
            table(self.rows) if self.rows else "",
            *(finding.sentence() for finding in self.findings),
            f"Ours runs as `idp serve` starts it, but for {deviations}: the load comes from one address.",
            "Each server has one core; the load generator and PostgreSQL share the other.",
            f"{self.machine['processor']}; {versions}.",
            "" if self.is_for_the_record else _NOT_VALID,
        ]
        return "\n".join(part for part in parts if part)

    def to_json(self) -> dict[str, Any]:
        return {
            "made_at": datetime.fromtimestamp(self.made_at, UTC).isoformat(),
            "machine": self.machine,
            "versions": self.versions,
            "effort": asdict(self.effort),
            "deviations": DEVIATIONS,
            "rows": [row.to_json() for row in self.rows],
            "findings": [finding.to_json() for finding in self.findings],
        }


def new_result(effort: Effort, rows: Sequence[Row], *, is_complete: bool, findings: Sequence[Finding] = ()) -> Result:
    return Result(
        SystemClock().now(),
        machine.describe(),
        _versions(),
        effort,
        is_complete=is_complete,
        rows=tuple(rows),
        findings=tuple(findings),
    )


def _versions() -> dict[str, str]:
    pinned = json.loads((PEER / "package.json").read_text(encoding="utf-8"))["dependencies"]
    return {
        "oidc-provider": pinned["oidc-provider"],
        "Node": machine.version_of(str(find_node()), "--version").removeprefix("v"),
        "Python": version_of_interpreter(),
    }
