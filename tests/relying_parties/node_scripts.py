"""Runs the scripts of `node/` with exactly the packages of its lock file."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.support.components import missing

_FOLDER = Path(__file__).with_name("node")
_OTHERS = ("package.json", "package-lock.json", ".npmrc")


def install(node: Path, folder: Path) -> None:
    """Puts the scripts and their packages into the folder."""
    for path in (*_FOLDER.glob("*.mjs"), *(_FOLDER / name for name in _OTHERS)):
        shutil.copy(path, folder)
    npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [str(node), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=180, check=False)
    if done.returncode:
        missing(f"npm ci could not install openid-client: {done.stderr.strip()[-500:]}")


def run(node: Path, folder: Path, script: str, issuer: str, **environment: str) -> dict[str, Any]:
    """What the script found; its last words are the failure's message."""
    done = subprocess.run(
        [str(node), script, issuer],
        cwd=folder,
        env=dict(os.environ) | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found
