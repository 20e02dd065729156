"""What is not offered says so, and discovery does not mention it."""

import pytest

from idp.endpoints.discovery import provider_metadata
from tests.support.browser import Browser
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty


@pytest.mark.requirement("TK-25", "TK-28", "TK-29")
@pytest.mark.parametrize(
    "grant_type",
    [
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:openid:params:grant-type:ciba",
    ],
)
async def test_other_grant_types_are_off(rp: RelyingParty, grant_type: str) -> None:
    """Token exchange, device, assertion and CIBA: unsupported_grant_type, whatever else is sent."""
    response = await rp.post("/token", {"grant_type": grant_type, "subject_token": "x", "device_code": "x"})
    assert (response.status_code, response.json()["error"]) == (400, "unsupported_grant_type")
    assert grant_type not in provider_metadata(rp.provider.wiring)["grant_types_supported"]


@pytest.mark.requirement("TK-27", "TK-28", "MF-21")
@pytest.mark.parametrize(
    "path", ["/register/client", "/connect/register", "/device_authorization", "/device", "/login/passkey/options"]
)
async def test_other_endpoints_do_not_exist(browser: Browser, provider: Provider, path: str) -> None:
    """Dynamic registration, the device flow and passkeys have no address yet."""
    assert (await browser.http.post(path, json={})).status_code == 404
    assert not [name for name in provider_metadata(provider.wiring) if "registration" in name or "device" in name]
