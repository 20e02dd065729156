"""A Python that has what production has: this project, the packages of `requirements.lock`, and nothing else.

Some packages load others where those are installed: beside the packages of the tests structlog takes rich, and our
server 3 MB more than where it is used.
"""

import re
import subprocess
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from bench.load import BadRun
from bench.servers.interpreter import interpreter

_PROJECT = Path(__file__).parents[2]
_NO_MODULES = {"..", "__pycache__"}  # commands, and what was compiled of modules that are files


def make_environment(directory: Path) -> Path:
    """Its interpreter. The packages are links to those installed here; raises `BadRun` where one is not."""
    packages = _locked_packages()
    make = [interpreter(), "-m", "venv", "--symlinks", "--without-pip", str(directory)]
    subprocess.run(make, check=True, capture_output=True)  # noqa: S603
    (modules,) = directory.glob("lib/python*/site-packages")
    for package in packages:
        for name in {file.parts[0] for file in package.files or ()} - _NO_MODULES:
            (modules / name).symlink_to(str(package.locate_file(name)))
    (modules / "project.pth").write_text(f"{_PROJECT}\n", encoding="utf-8")
    return directory / "bin" / "python"


def _locked_packages() -> list[Distribution]:
    lock = (_PROJECT / "requirements.lock").read_text(encoding="utf-8")
    return [_installed(name, version) for name, version in re.findall(r"^(\S+)==(\S+)", lock, re.MULTILINE)]


def _installed(name: str, version: str) -> Distribution:
    try:
        package = distribution(name)
    except PackageNotFoundError:
        package = None
    if package is None or package.version != version:
        raise BadRun(f"the server needs {name} {version}, which is not installed: make .venv/.test-installed")
    return package
