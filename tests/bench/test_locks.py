"""What the benchmark installs is pinned, by hash, and says nothing about where this machine gets it."""

import json
import re
from pathlib import Path

import pytest

from bench.node import LOAD, PEER
from tests.docs.documents import ROOT

FOLDERS = [pytest.param(PEER, id="peer"), pytest.param(LOAD, id="load")]


@pytest.mark.parametrize("folder", FOLDERS)
def test_npm_locks_have_hashes_and_name_no_registry(folder: Path) -> None:
    """`resolved` would name the registry of whoever made the lock."""
    lock = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages
    for name, package in packages.items():
        assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name


@pytest.mark.parametrize("folder", FOLDERS)
def test_npm_packages_are_pinned_to_one_version(folder: Path) -> None:
    """No range in package.json, and the lock has exactly that version."""
    wanted = json.loads((folder / "package.json").read_text(encoding="utf-8"))["dependencies"]
    locked = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, version in wanted.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name
        assert locked[f"node_modules/{name}"]["version"] == version


def test_the_lock_of_the_profiler_has_hashes_and_no_address() -> None:
    """As the other locks of Python packages."""
    lock = (ROOT / "bench" / "profile.lock").read_text(encoding="utf-8")
    assert re.match(r"py-spy==\d", lock)
    assert "--hash=sha256:" in lock
    assert "://" not in lock
