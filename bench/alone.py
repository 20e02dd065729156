"""A measurement of one worker of ours without the peer: filled, pinned, and its findings kept by database and day."""

import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

from bench import machine
from bench.load import BadRun
from bench.machine import choose_cores, staying_on
from bench.node import LOAD, install
from bench.record import keep
from bench.report import Finding
from bench.servers.ours import ours_alone
from bench.servers.server import Server
from idp.clock import SystemClock


class Result(Protocol):
    """What was found, how the terminal shows it, and what is kept of it."""

    @property
    def findings(self) -> tuple[Finding, ...]: ...

    def lines(self) -> Iterable[str]: ...

    def to_json(self) -> dict[str, Any]: ...


def measure_alone(kind: str, database: str, measure: Callable[[Server], Result]) -> None:
    """Ends the process: with 1 where a finding does not hold, and with a sentence where the run counts for nothing."""
    install(LOAD)
    cores = choose_cores()
    try:
        with (
            staying_on(cores.load),
            tempfile.TemporaryDirectory(prefix=f"idp-{kind}-") as work,
            ours_alone(database, Path(work), cores.server) as server,
        ):
            result = measure(server)
    except BadRun as error:
        sys.exit(f"This run counts for nothing: {error}")
    print(*result.lines(), sep="\n")
    path = keep({"machine": machine.describe(), **result.to_json()}, SystemClock().now(), kind=f"{kind}-{database}")
    print(f"\nWritten: {path}")
    sys.exit(0 if all(finding.holds for finding in result.findings) else 1)
