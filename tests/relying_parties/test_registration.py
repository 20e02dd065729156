"""Somebody else's library registers itself, and signs a person in as what it became."""

from pathlib import Path

import pytest

from tests.relying_parties.node_script import run_script
from tests.support.clock import MovableClock
from tests.support.live import live
from tests.support.registering import CALLBACK, initial_token


@pytest.mark.requirement("OC-29", "OC-31", "OT-19")
def test_openid_client_registers_itself(
    node_path: Path, installed: Path, sqlite_url: str, tmp_path: Path, clock: MovableClock
) -> None:
    """Discovery, registration with an initial access token, consent, code, tokens in RS256, UserInfo."""
    with live(sqlite_url, tmp_path / "var", clock, client_registration="token") as provider:
        email, password = provider.account
        variables = {
            "INITIAL_TOKEN": provider.run(initial_token(provider.provider)),
            "REDIRECT_URI": CALLBACK,
            "EMAIL": email,
            "PASSWORD": password,
        }
        found = run_script(node_path, installed, "register.mjs", provider.issuer, variables)
    metadata = found["metadata"]
    assert found["audience"] == metadata["client_id"]
    assert found["email"] == email
    assert metadata["token_endpoint_auth_method"] == "client_secret_post"
    assert metadata["id_token_signed_response_alg"] == "RS256"
