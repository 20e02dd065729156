"""The tasks: documented, made of things that exist, and clear about what a machine lacks."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.components import missing

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = {"run", "test", "test-fast", "check", "fix", "messages", "migration", "lock", "clean"}

_OLD_PYTHON = "#!/bin/sh\nexit 1\n"
_NO_ENSUREPIP = '#!/bin/sh\ncase "$*" in *ensurepip*) exit 1;; esac\n'


def _make(*arguments: str, directory: Path = ROOT, path: str | None = None) -> subprocess.CompletedProcess[str]:
    make = shutil.which("make") or missing("make is not installed: apt-get install make")
    environment = {**os.environ, "PATH": path or os.environ["PATH"], "MAKEFLAGS": "", "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        [make, *arguments], cwd=directory, env=environment, capture_output=True, text=True, check=False
    )


def test_help_lists_every_task() -> None:
    """`make` alone prints each target with one line about it."""
    listed = {line.split()[0] for line in _make().stdout.splitlines()}
    assert listed >= TARGETS


def test_every_module_that_a_task_runs_exists() -> None:
    """`python -m …` names modules of this repository or of a locked package."""
    modules = set(re.findall(r"\$\(PY\) -m ([\w.]+)", MAKEFILE))
    assert modules >= {"examples.run", "pytest", "tests.web.catalogue", "tests.support.requirements"}
    for module in modules:
        assert importlib.util.find_spec(module) is not None, module


@pytest.mark.parametrize(
    ("stub", "sentence"),
    [
        pytest.param(_OLD_PYTHON, "Python 3.11 or newer is needed", id="an old Python"),
        pytest.param(_NO_ENSUREPIP, "has no venv and ensurepip", id="no ensurepip"),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(stub: str, sentence: str, tmp_path: Path) -> None:
    """Without a usable Python nothing is made, and one line says which package to install."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("python3.13", "python3.12", "python3.11", "python3"):
        (tmp_path / name).write_text(stub)
        (tmp_path / name).chmod(0o755)
    result = _make(".venv/bin/python", directory=tmp_path, path=str(tmp_path))
    assert result.returncode != 0
    said = [line for line in result.stderr.splitlines() if not line.startswith(("make: ", "make["))]
    assert len(said) == 1
    assert sentence in said[0]
    assert "apt-get install" in said[0]
    assert not (tmp_path / ".venv").exists()


def test_installing_needs_hashes_and_happens_only_after_a_change() -> None:
    """Both installations check hashes; their stamps depend on the locks."""
    assert "--require-hashes" in MAKEFILE
    assert re.search(r"^\$\(VENV\)/\.run-installed: requirements\.lock ", MAKEFILE, re.MULTILINE)
    assert re.search(r"^\$\(VENV\)/\.test-installed: requirements-test\.lock ", MAKEFILE, re.MULTILINE)


def test_the_project_itself_is_built_from_locked_tools() -> None:
    """Without build isolation, setuptools comes from the lock, in a version that pyproject.toml accepts."""
    assert "--no-build-isolation" in MAKEFILE
    for lock in ("requirements.lock", "requirements-test.lock"):
        assert re.search(r"^setuptools==\d", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE)


def test_ci_is_a_sound_script_that_calls_the_same_tasks() -> None:
    """It stops at the first failure, says CI=true, and runs `make check` and `make test`."""
    script = ROOT / ".ci" / "run"
    text = script.read_text(encoding="utf-8")
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in text
    assert "export CI=true" in text
    assert re.findall(r"^make (\w+)$", text, re.MULTILINE) == ["check", "test"]
    subprocess.run(["bash", "-n", str(script)], check=True)
