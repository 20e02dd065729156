"""Our server is measured with the packages that production has."""

import json
import subprocess
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from bench.load import BadRun
from bench.servers import production
from bench.servers.production import make_environment

_LIST = """
import json, re, sys
from importlib.metadata import distributions
from importlib.util import find_spec
import fastapi, idp, ua_parser_rs
names = {re.sub("[-_.]+", "-", each.name).lower(): each.version for each in distributions()}
print(json.dumps([names, idp.__file__, [name for name in ("pytest", "rich") if find_spec(name)]]))
"""


def test_the_server_has_the_locked_packages_and_no_others(tmp_path: Path) -> None:
    """Each in its version, the project besides, and nothing that only tests need, wherever it is started."""
    python = make_environment(tmp_path / "venv")
    done = subprocess.run([str(python), "-c", _LIST], cwd=tmp_path, capture_output=True, text=True, check=True)
    installed, project, of_tests = json.loads(done.stdout)
    root = Path(__file__).parents[2]
    lines = (root / "requirements.lock").read_text(encoding="utf-8").splitlines()
    locked = dict(line.split()[0].split("==") for line in lines if "==" in line)
    assert installed == locked
    assert Path(project) == root / "idp" / "__init__.py"
    assert of_tests == []


def test_a_package_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what installs it, before anything is made."""

    def find_none(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(production, "distribution", find_none)
    with pytest.raises(BadRun, match=r"^the server needs aiosmtplib \S+, which is not installed: make \.venv/"):
        make_environment(tmp_path / "venv")
    assert list(tmp_path.iterdir()) == []
