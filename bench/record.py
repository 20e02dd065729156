"""`bench/results/`: the figures of each kind of run, a file for the day on which they were measured."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results")


def keep(figures: Mapping[str, Any], at: int, *, kind: str = "", directory: Path = RESULTS) -> Path:
    """Where they lie; a second run of a day replaces the first.

    `at`: seconds since 1970. `kind`: begins the file's name; `make bench` has none.
    """
    directory.mkdir(exist_ok=True)
    name = "-".join(filter(None, (kind, f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}")))
    path = directory / f"{name}.json"
    path.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
