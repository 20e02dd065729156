"""npm's certified `openid-client`, as it ships, completes a whole journey against this provider."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.components import missing
from tests.support.live import LiveProvider

_FOLDER = Path(__file__).with_name("node")
_FILES = ("package.json", "package-lock.json", ".npmrc", "browser.mjs", "flow.mjs")


@pytest.fixture(scope="session")
def installed(node_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the scripts and exactly the packages of the lock file."""
    folder = tmp_path_factory.mktemp("openid-client")
    for name in _FILES:
        shutil.copy(_FOLDER / name, folder)
    npm = node_path.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [str(node_path), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=180, check=False)
    if done.returncode:
        missing(f"npm ci could not install openid-client: {done.stderr.strip()[-500:]}")
    return folder


def run_flow(node: Path, folder: Path, live_provider: LiveProvider) -> dict[str, Any]:
    """What the script found; its last words are the failure's message."""
    client_id, client_secret, redirect_uri = live_provider.web_client
    email, password = live_provider.account
    environment = dict(os.environ) | {
        "CLIENT_ID": client_id,
        "CLIENT_SECRET": client_secret,
        "REDIRECT_URI": redirect_uri,
        "POST_LOGOUT_REDIRECT_URI": live_provider.post_logout_redirect_uri,
        "EMAIL": email,
        "PASSWORD": password,
    }
    command = [str(node), "flow.mjs", live_provider.issuer]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_openid_client_completes_code_refresh_userinfo_and_logout(
    node_path: Path, installed: Path, live_provider: LiveProvider
) -> None:
    """Discovery, code + PKCE, its own ID token checks, UserInfo, refresh, introspection and logout all succeed."""
    found = run_flow(node_path, installed, live_provider)
    assert found["claims"]["iss"] == live_provider.issuer
    assert found["claims"]["aud"] == live_provider.web_client[0]
    assert found["userinfo"]["sub"] == found["claims"]["sub"]
    assert found["userinfo"]["email"] == live_provider.account[0]
    assert found["rotated"] is True
    assert found["refreshed_sub"] in {None, found["claims"]["sub"]}
    assert found["logout_state"] is True
    assert found["refresh_after_logout"] == "invalid_grant"
