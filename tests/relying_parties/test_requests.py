"""Other people's clients that sign and push their authorization requests."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from authlib.common.security import generate_token  # type: ignore[import-untyped]
from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]

from idp.clock import SystemClock
from idp.protocol.request_encryption import KEY_ALGORITHM
from tests.relying_parties.browser import Browser
from tests.relying_parties.node_script import run_script
from tests.support.browser import FIREFOX
from tests.support.client_keys import ClientKey
from tests.support.clock import MovableClock
from tests.support.live import LiveProvider

BY_NAME, BY_VALUE = ["client_id", "request_uri"], ["client_id", "request"]


class MachineClock(MovableClock):
    """Goes with the machine: request objects are good for minutes, and these clients ask no other clock."""

    def now(self) -> int:
        return SystemClock().now()


@pytest.fixture
def clock() -> MovableClock:
    return MachineClock()


def completed(
    node: Path, installed: Path, provider: LiveProvider, key: ClientKey, *ways: str, **metadata: Any
) -> dict[str, list[str]]:
    """What each way sent through the browser; all of them end with tokens."""
    given = {"token_endpoint_auth_method": "private_key_jwt", "jwks": key.jwks, "dpop_bound_access_tokens": True}
    client = provider.client("bank", **(given | metadata))
    email, password = provider.account
    environment = {
        "CLIENT_ID": client.id,
        "CLIENT_KEY": json.dumps({**key.key.as_dict(private=True), "kid": key.kid}),
        "REDIRECT_URI": client.redirect_uri,
        "EMAIL": email,
        "PASSWORD": password,
        "WAYS": " ".join(ways),
    }
    found = run_script(node, installed, "requests.mjs", provider.issuer, environment)
    assert {each["email"] for each in found.values()} == {email}
    return {way: each["parameters"] for way, each in found.items()}


@pytest.mark.requirement("OC-41", "OC-46")
@pytest.mark.parametrize("alg", ["ES256", "EdDSA"])
def test_openid_client_and_oauth4webapi(
    node_path: Path, installed: Path, live_provider: LiveProvider, alg: str
) -> None:
    """Signed by value, pushed, signed and pushed, and encrypted as well."""
    ways = completed(
        node_path,
        installed,
        live_provider,
        ClientKey.generate(alg),
        *("signed", "pushed", "both", "oauth4webapi", "encrypted"),
        request_object_encryption_alg=KEY_ALGORITHM,
    )
    assert ways.pop("signed") == BY_VALUE
    assert ways == dict.fromkeys(("pushed", "both", "oauth4webapi", "encrypted"), BY_NAME)


@pytest.mark.requirement("OC-41", "OC-43", "OC-46", "OT-26")
@pytest.mark.parametrize("must_be_signed", [False, True], ids=["security profile", "message signing"])
def test_the_profile_fapi2(
    node_path: Path, installed: Path, live_provider: LiveProvider, *, must_be_signed: bool
) -> None:
    """A client of FAPI 2.0 with DPoP, and one whose requests have to be signed as well."""
    ways = ["both", "oauth4webapi"] if must_be_signed else ["pushed", "both"]
    found = completed(
        node_path,
        installed,
        live_provider,
        ClientKey.generate(),
        *ways,
        security_profile="fapi2",
        require_signed_request_object=must_be_signed,
    )
    assert found == dict.fromkeys(ways, BY_NAME)


@pytest.mark.requirement("OC-46")
async def test_authlib_signs_its_request(live_provider: LiveProvider) -> None:
    """The request that Authlib builds, as a JWT of no particular type, from the code to the token."""
    key, issuer = ClientKey.generate("RS256"), live_provider.issuer
    client = live_provider.client("signer", jwks=key.jwks)
    options = {"redirect_uri": client.redirect_uri, "scope": "openid email", "code_challenge_method": "S256"}
    async with Browser() as browser, AsyncOAuth2Client(client.id, client.secret, **options) as rp:
        verifier, (email, password) = generate_token(48), live_provider.account
        plain, state = rp.create_authorization_url(f"{issuer}/authorize", code_verifier=verifier)
        claims = dict(parse_qsl(urlsplit(plain).query)) | {"iss": client.id, "aud": issuer}
        sent = urlencode({"client_id": client.id, "request": key.sign(claims, typ="JWT")})
        url = f"{issuer}/authorize?{sent}"
        back = await browser.walk(url, client.redirect_uri, username=email, password=password)
        token = await rp.fetch_token(
            f"{issuer}/token", authorization_response=back, state=state, code_verifier=verifier, user_agent=FIREFOX
        )
    assert token["scope"] == "openid email"
