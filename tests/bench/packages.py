"""The npm packages of the benchmark, and why a test cannot be run where they cannot be had."""

import subprocess
from pathlib import Path

from bench.node import install
from tests.support.components import missing


def need(*folders: Path) -> None:
    """Of `bench.node.LOAD` or `PEER`."""
    try:
        for folder in folders:
            install(folder)
    except subprocess.CalledProcessError as error:
        missing(f"npm ci could not install the packages of the benchmark: {error}")
