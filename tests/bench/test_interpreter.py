"""The server that is measured runs on the system's Python, where the installed packages allow it."""

import sys
from pathlib import Path

import pytest

from bench.servers.interpreter import interpreter, version_of_interpreter


def _program(directory: Path, says: str) -> str:
    program = directory / "python"
    program.write_text(f"#!/bin/sh\n{says}\n", encoding="utf-8")
    program.chmod(0o755)
    return str(program)


def test_a_python_that_packages_of_this_one_run_on_is_taken(tmp_path: Path) -> None:
    """It has the same binary interface."""
    same = _program(tmp_path, f'exec {sys.executable} "$@"')
    assert interpreter(same) == same


@pytest.mark.parametrize("says", ["echo cpython-27-elsewhere", "exit 1"])
def test_another_one_is_not(tmp_path: Path, says: str) -> None:
    """Nor one that fails."""
    assert interpreter(_program(tmp_path, says)) == sys.executable


def test_nor_one_that_is_not_there(tmp_path: Path) -> None:
    """A machine may have one Python alone."""
    assert interpreter(str(tmp_path / "python")) == sys.executable


def test_its_version_is_on_record() -> None:
    """The one it has, of the same series."""
    major, minor, _ = version_of_interpreter().split(".")
    assert (int(major), int(minor)) == sys.version_info[:2]
