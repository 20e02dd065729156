"""What a client is not registered for, and what the installation has not switched on, says so."""

import pytest

from idp.clients.backchannel_authentication import CIBA
from idp.clients.device_authorization import DEVICE_CODE
from idp.clients.jwt_bearer import JWT_BEARER
from idp.clients.token_exchange import TOKEN_EXCHANGE
from idp.endpoints.discovery import provider_metadata
from tests.support.browser import Browser
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty


@pytest.mark.requirement("TK-25", "TK-28", "TK-29")
@pytest.mark.parametrize("grant_type", [TOKEN_EXCHANGE, DEVICE_CODE, JWT_BEARER, CIBA])
async def test_other_grant_types_are_for_those_registered(rp: RelyingParty, grant_type: str) -> None:
    """Token exchange, device, assertion and CIBA: unauthorized_client, whatever else is sent."""
    response = await rp.post("/token", {"grant_type": grant_type, "subject_token": "x", "device_code": "x"})
    assert (response.status_code, response.json()["error"]) == (400, "unauthorized_client")


@pytest.mark.requirement("TK-27", "MF-21")
@pytest.mark.parametrize("path", ["/register/client", "/connect/register", "/login/passkey/options"])
async def test_other_endpoints_do_not_exist(browser: Browser, provider: Provider, path: str) -> None:
    """Dynamic registration is off until it is switched on, and passkeys have no address yet."""
    assert (await browser.http.post(path, json={})).status_code == 404
    assert not [name for name in provider_metadata(provider.wiring) if "registration_endpoint" in name]
