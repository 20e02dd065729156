"""`scope`: within what the client is registered for."""

import pytest

from tests.support.calls import answer_to
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

SCOPES: dict[str | None, str] = {
    "openid": "/login",
    "openid profile email phone address offline_access": "/login",
    "openid  profile": "/login",
    "openid openid": "/login",
    "profile": "/login",
    None: "invalid_scope",
    "": "invalid_scope",
    " ": "invalid_scope",
    "admin": "invalid_scope",
    "openid admin": "invalid_scope",
    "openid api.write": "invalid_scope",
    "OPENID": "invalid_scope",
    "openid\u00a0profile": "invalid_scope",
    'openid "profile"': "invalid_scope",
    "openid,profile": "invalid_scope",
    "openid pro\\file": "invalid_scope",
    "openid é": "invalid_scope",
    "x" * 5000: "invalid_scope",
    " ".join(f"s{number}" for number in range(300)): "invalid_scope",
}


@pytest.mark.requirement("AZ-23")
async def test_scope_stays_within_the_registration(rp: RelyingParty) -> None:
    """One scope too many refuses the whole request: nothing is dropped behind the client's back."""
    assert {scope: await answer_to(rp, scope=scope) for scope in SCOPES} == SCOPES


@pytest.mark.requirement("AZ-23")
async def test_openid_itself_has_to_be_allowed(provider: Provider) -> None:
    """A client registered for an API alone cannot ask who the person is."""
    rp = RelyingParty(provider, await provider.client("api-only", scope="api.read", issue_refresh_token="never"))
    assert await answer_to(rp, scope="api.read") == "/login"
    assert await answer_to(rp, scope="openid api.read") == "invalid_scope"
