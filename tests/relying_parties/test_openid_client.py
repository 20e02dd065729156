"""npm's certified `openid-client`, as it ships, completes a whole journey against this provider."""

from pathlib import Path

import pytest

from tests.relying_parties.node_script import run_script
from tests.support.live import LiveProvider


def test_openid_client_completes_code_refresh_userinfo_and_logout(
    node_path: Path, installed: Path, live_provider: LiveProvider
) -> None:
    """Discovery, code + PKCE, its own ID token checks, UserInfo, refresh, introspection and logout all succeed."""
    client_id, client_secret, redirect_uri = live_provider.web_client
    email, password = live_provider.account
    environment = {
        "CLIENT_ID": client_id,
        "CLIENT_SECRET": client_secret,
        "REDIRECT_URI": redirect_uri,
        "POST_LOGOUT_REDIRECT_URI": live_provider.post_logout_redirect_uri,
        "EMAIL": email,
        "PASSWORD": password,
    }
    found = run_script(node_path, installed, "flow.mjs", live_provider.issuer, environment)
    assert found["claims"]["iss"] == live_provider.issuer
    assert found["claims"]["aud"] == live_provider.web_client[0]
    assert found["userinfo"]["sub"] == found["claims"]["sub"]
    assert found["userinfo"]["email"] == live_provider.account[0]
    assert found["rotated"] is True
    assert found["refreshed_sub"] in {None, found["claims"]["sub"]}
    assert found["logout_state"] is True
    assert found["refresh_after_logout"] == "invalid_grant"


@pytest.mark.requirement("OC-35")
def test_openid_client_works_with_a_subject_of_its_own(
    node_path: Path, installed: Path, live_provider: LiveProvider
) -> None:
    """A pairwise client: the same journey, with one `sub` in all of its tokens, and a logout by its own `sid`."""
    client = live_provider.client(
        "pairwise", subject_type="pairwise", post_logout_redirect_uris=[live_provider.post_logout_redirect_uri]
    )
    email, password = live_provider.account
    environment = {
        "CLIENT_ID": client.id,
        "CLIENT_SECRET": client.secret,
        "REDIRECT_URI": client.redirect_uri,
        "POST_LOGOUT_REDIRECT_URI": live_provider.post_logout_redirect_uri,
        "EMAIL": email,
        "PASSWORD": password,
    }
    found = run_script(node_path, installed, "flow.mjs", live_provider.issuer, environment)
    sub = found["claims"]["sub"]
    assert not sub.startswith("acc_")
    assert found["userinfo"]["sub"] == found["refreshed_sub"] == sub
    assert found["access_token_active"] is True
    assert found["refresh_after_logout"] == "invalid_grant"
