"""Figures as a table for the terminal."""

import os
import platform
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Column, Table


def machine() -> dict[str, Any]:
    return {"processors": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}


def show(figures: dict[str, Any], console: Console) -> None:
    columns = ("grants", "what", "refreshes", "per s", "p50 ms", "p99 ms", "table MiB", "indexes", "HOT")
    table = Table(*(Column(name, no_wrap=True) for name in columns), box=SIMPLE, padding=0)
    for size in figures["sizes"]:
        for what in ("two workers", "refreshing", "beside logins", "many", "pruning"):
            if part := size.get(what):
                load, storage = part["load"], part["storage"]
                table.add_row(
                    f"{size['grants']:,}", what, f"{load['requests']:,}", str(load["per_second"]), str(load["p50_ms"]),
                    str(load["p99_ms"]), str(storage["table_mib"]), str(storage["indexes_mib"]), part["hot_share"],
                )  # fmt: skip
    console.print(table)
    for size in figures["sizes"]:
        if beside := size.get("beside logins"):
            console.print(f"{size['grants']:,} grants: {beside['logins_per_second']} logins a second beside the load")
        if pruned := size.get("pruning"):
            console.print(f"pruned {pruned['rows']:,} rows in {pruned['seconds']} s beside the load")
    if "p99_ratio" in figures:
        console.print(f"p99 at the largest size / p99 at the smallest: {figures['p99_ratio']}")
