"""Authlib's httpx client, as it ships, completes a whole journey against this provider."""

import pytest
from authlib.common.security import generate_token  # type: ignore[import-untyped]
from authlib.common.urls import add_params_to_uri  # type: ignore[import-untyped]
from authlib.integrations.base_client import OAuthError  # type: ignore[import-untyped]
from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.relying_parties.browser import Browser
from tests.support.browser import FIREFOX
from tests.support.live import LiveProvider


async def test_authlib_completes_code_refresh_userinfo_and_logout(live_provider: LiveProvider) -> None:
    """Discovery, code + PKCE, Authlib's ID token checks, UserInfo, refresh and logout all succeed."""
    client_id, client_secret, redirect_uri = live_provider.web_client
    email, password = live_provider.account
    async with (
        Browser() as browser,
        AsyncOAuth2Client(
            client_id,
            client_secret,
            scope="openid profile email",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
        ) as client,
    ):
        well_known = f"{live_provider.issuer}/.well-known/openid-configuration"
        metadata = (await client.request("GET", well_known, withhold_token=True)).json()
        verifier, nonce = generate_token(48), generate_token()
        url, state = client.create_authorization_url(
            metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce
        )
        back = await browser.walk(url, redirect_uri, username=email, password=password)
        token = await client.fetch_token(
            metadata["token_endpoint"],
            authorization_response=back,
            state=state,
            code_verifier=verifier,
            user_agent=FIREFOX,
        )

        keys = KeySet.import_key_set((await client.request("GET", metadata["jwks_uri"], withhold_token=True)).json())
        decoded = jwt.decode(token["id_token"], keys, algorithms=metadata["id_token_signing_alg_values_supported"])
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {"iss": {"essential": True, "value": live_provider.issuer}},
            {"nonce": nonce, "client_id": client_id, "access_token": token["access_token"]},
        )
        claims.validate()
        userinfo = (await client.get(metadata["userinfo_endpoint"])).json()
        assert (userinfo["sub"], userinfo["email"]) == (claims["sub"], email)

        first = token["refresh_token"]
        refreshed = await client.refresh_token(metadata["token_endpoint"], refresh_token=first, user_agent=FIREFOX)
        assert refreshed["refresh_token"] != first
        assert refreshed["access_token"] != token["access_token"]

        leaving = {
            "id_token_hint": token["id_token"],
            "post_logout_redirect_uri": live_provider.post_logout_redirect_uri,
            "state": state,
        }
        logout_url = add_params_to_uri(metadata["end_session_endpoint"], leaving)
        assert f"state={state}" in await browser.walk(logout_url, live_provider.post_logout_redirect_uri)
        with pytest.raises(OAuthError, match="invalid_grant"):
            await client.refresh_token(
                metadata["token_endpoint"], refresh_token=refreshed["refresh_token"], user_agent=FIREFOX
            )
