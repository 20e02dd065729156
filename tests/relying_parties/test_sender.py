"""Other people's clients with keys of their own: private_key_jwt, client_secret_jwt, and tokens bound by DPoP."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from authlib.common.security import generate_token  # type: ignore[import-untyped]
from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]
from authlib.oauth2.rfc7523 import ClientSecretJWT, PrivateKeyJWT  # type: ignore[import-untyped]

from idp.clock import SystemClock
from tests.relying_parties.browser import Browser
from tests.relying_parties.node_script import run_script
from tests.support.browser import FIREFOX
from tests.support.client_keys import ClientKey
from tests.support.clock import MovableClock
from tests.support.live import LiveProvider, live
from tests.support.provider import TestClient
from tests.support.relying_party import claims_of


class MachineClock(MovableClock):
    """Goes with the machine: proofs and assertions are good for seconds, and these clients ask no other clock."""

    def now(self) -> int:
        return SystemClock().now()


@pytest.fixture
def clock() -> MovableClock:
    return MachineClock()


@pytest.fixture(params=["off", "required"])
def dpop_provider(
    request: pytest.FixtureRequest, sqlite_url: str, tmp_path: Path, clock: MovableClock
) -> Iterator[LiveProvider]:
    """A provider on a loopback port, without nonces and with them."""
    with live(sqlite_url, tmp_path / "var", clock, dpop_nonce=request.param) as found:
        yield found


def wants_nonces(provider: LiveProvider) -> bool:
    return provider.provider.wiring.settings.dpop_nonce == "required"


def with_key(provider: LiveProvider, alg: str = "ES256") -> tuple[TestClient, str]:
    """A web client with a key pair, and its private JWK."""
    key = ClientKey.generate(alg)
    client = provider.client("bank", token_endpoint_auth_method="private_key_jwt", jwks=key.jwks)
    return client, json.dumps({**key.key.as_dict(private=True), "kid": key.kid})


def environment(provider: LiveProvider, client: TestClient, **more: str) -> dict[str, str]:
    email, password = provider.account
    return {"CLIENT_ID": client.id, "REDIRECT_URI": client.redirect_uri, "EMAIL": email, "PASSWORD": password} | more


def check_bound(provider: LiveProvider, found: dict[str, Any]) -> None:
    assert found["token_types"] == ["dpop", "dpop"]  # both libraries fold the case
    assert claims_of(found["access_token"])["cnf"] == {"jkt": found["thumbprint"]}
    assert set(found["emails"]) == {provider.account[0]}


@pytest.mark.parametrize("alg", ["ES256", "EdDSA"])
def test_openid_client_with_a_key_of_its_own(
    node_path: Path, installed: Path, dpop_provider: LiveProvider, alg: str
) -> None:
    """private_key_jwt and DPoP from the code to the refresh; a bound token is no bearer token."""
    client, key = with_key(dpop_provider, alg)
    more = environment(dpop_provider, client, CLIENT_KEY=key)
    found = run_script(node_path, installed, "sender.mjs", dpop_provider.issuer, more)
    check_bound(dpop_provider, found)
    assert found["as_bearer"] == "invalid_token"


def test_openid_client_signs_with_its_secret(node_path: Path, installed: Path, live_provider: LiveProvider) -> None:
    """client_secret_jwt."""
    client = live_provider.client("till", token_endpoint_auth_method="client_secret_jwt")
    more = environment(live_provider, client, CLIENT_SECRET=client.secret)
    check_bound(live_provider, run_script(node_path, installed, "sender.mjs", live_provider.issuer, more))


def test_openid_client_without_any_secret(node_path: Path, installed: Path, dpop_provider: LiveProvider) -> None:
    """An application that has nothing but its DPoP key: its refresh tokens are bound to it."""
    client = dpop_provider.client("spa", application_type="native", user_agent_binding="off")
    found = run_script(node_path, installed, "sender.mjs", dpop_provider.issuer, environment(dpop_provider, client))
    check_bound(dpop_provider, found)


def test_oauth4webapi_completes_the_same(node_path: Path, installed: Path, dpop_provider: LiveProvider) -> None:
    """Its own checks of the answers, and its own way with nonces: one refusal, then it knows the nonce."""
    client, key = with_key(dpop_provider)
    more = environment(dpop_provider, client, CLIENT_KEY=key)
    found = run_script(node_path, installed, "oauth4webapi.mjs", dpop_provider.issuer, more)
    check_bound(dpop_provider, found)
    assert found["nonces"] == (1 if wants_nonces(dpop_provider) else 0)


@pytest.mark.parametrize("method", ["private_key_jwt", "client_secret_jwt"])
async def test_authlib_signs_who_it_is(live_provider: LiveProvider, method: str) -> None:
    """Authlib's client assertions, from the code to the refresh.

    They are told to end within five minutes, its own would live for an hour. It gives all assertions of one signer the
    same `jti` then, so that each takes a signer of its own.
    """
    key, token_endpoint = ClientKey.generate("RS256"), f"{live_provider.issuer}/token"
    has_key = method == "private_key_jwt"
    keys = {"jwks": key.jwks} if has_key else {}
    client = live_provider.client("bank", token_endpoint_auth_method=method, **keys)
    secret: Any = {**key.key.as_dict(private=True), "kid": key.kid} if has_key else client.secret

    def sign_anew(rp: Any) -> None:
        claims = {"exp": live_provider.clock.now() + 240}
        rp.register_client_auth_method((PrivateKeyJWT if has_key else ClientSecretJWT)(token_endpoint, claims=claims))

    options = {"token_endpoint_auth_method": method, "redirect_uri": client.redirect_uri}
    async with (
        Browser() as browser,
        AsyncOAuth2Client(client.id, secret, scope="openid email", code_challenge_method="S256", **options) as rp,
    ):
        sign_anew(rp)
        verifier, (email, password) = generate_token(48), live_provider.account
        url, state = rp.create_authorization_url(f"{live_provider.issuer}/authorize", code_verifier=verifier)
        back = await browser.walk(url, client.redirect_uri, username=email, password=password)
        token = await rp.fetch_token(
            token_endpoint, authorization_response=back, state=state, code_verifier=verifier, user_agent=FIREFOX
        )
        sign_anew(rp)
        renewed = await rp.refresh_token(token_endpoint, refresh_token=token["refresh_token"], user_agent=FIREFOX)
    assert renewed["access_token"] != token["access_token"]
