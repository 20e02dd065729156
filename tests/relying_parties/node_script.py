"""Runs one of the scripts of `node/`, with exactly the packages of their lock file."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.components import missing

_FOLDER = Path(__file__).with_name("node")


def install_scripts(node: Path, folder: Path) -> None:
    """Copies the scripts and installs their packages; skips the test where there is no way to get them."""
    for pattern in ("package*.json", ".npmrc", "*.mjs"):
        for file in _FOLDER.glob(pattern):
            shutil.copy(file, folder)
    npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [str(node), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=180, check=False)
    if done.returncode:
        missing(f"npm ci could not install openid-client: {done.stderr.strip()[-500:]}")


def run_script(node: Path, folder: Path, script: str, issuer: str, variables: Mapping[str, str]) -> dict[str, Any]:
    """What the script found; its last words are the failure's message."""
    command = [str(node), script, issuer]
    environment = {**os.environ, **variables}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found
