"""Other people's clients in the hybrid and the implicit flow, with form_post and with JARM: their own checks pass."""

from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from authlib.common.security import generate_token  # type: ignore[import-untyped]
from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from authlib.oidc.core import HybridIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.relying_parties.browser import Browser
from tests.relying_parties.node_script import run_script
from tests.support.browser import FIREFOX
from tests.support.live import LiveProvider
from tests.support.responses import ALL_TYPES


@pytest.fixture
def variables(live_provider: LiveProvider) -> dict[str, str]:
    """A client that is registered for all response types, and who signs in."""
    client, (email, password) = live_provider.client("hybrid", **ALL_TYPES), live_provider.account
    return {
        "CLIENT_ID": client.id,
        "CLIENT_SECRET": client.secret,
        "REDIRECT_URI": client.redirect_uri,
        "EMAIL": email,
        "PASSWORD": password,
    }


def test_openid_client_completes_hybrid_implicit_and_jarm(
    node_path: Path, installed: Path, live_provider: LiveProvider, variables: dict[str, str]
) -> None:
    """`query.jwt`, `code id_token` with and without the checks of a detached signature, `id_token` by form_post."""
    found = run_script(node_path, installed, "responses.mjs", live_provider.issuer, variables)
    assert len(found["subjects"]) == 4
    assert len(set(found["subjects"])) == 1
    assert (found["method"], found["email"]) == ("POST", live_provider.account[0])


def test_oauth4webapi_completes_hybrid_and_jarm(
    node_path: Path, installed: Path, live_provider: LiveProvider, variables: dict[str, str]
) -> None:
    """`code id_token` in fragment and form, as a detached signature with `s_hash`, and both names of a signed query."""
    found = run_script(node_path, installed, "responses_oauth4webapi.mjs", live_provider.issuer, variables)
    assert len(found["subjects"]) == 5
    assert len(set(found["subjects"])) == 1


async def test_authlib_completes_the_hybrid_flow(live_provider: LiveProvider, variables: dict[str, str]) -> None:
    """Authlib's own checks of an ID token of the front (`at_hash`, `c_hash`, nonce), then of the code."""
    redirect_uri, nonce, verifier = variables["REDIRECT_URI"], generate_token(), generate_token(48)
    options = {"redirect_uri": redirect_uri, "scope": "openid email"}
    async with (
        Browser() as browser,
        AsyncOAuth2Client(variables["CLIENT_ID"], variables["CLIENT_SECRET"], **options) as client,
    ):
        url, state = client.create_authorization_url(
            f"{live_provider.issuer}/authorize",
            response_type="code id_token token",
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),  # for `code` alone Authlib would do it by itself
            code_challenge_method="S256",
        )
        back = await browser.walk(url, redirect_uri, username=variables["EMAIL"], password=variables["PASSWORD"])
        given = dict(parse_qsl(urlsplit(back).fragment))
        assert given["state"] == state
        jwks = (await client.request("GET", f"{live_provider.issuer}/jwks", withhold_token=True)).json()
        decoded = jwt.decode(given["id_token"], KeySet.import_key_set(jwks), algorithms=["ES256"])
        claims = HybridIDToken(
            decoded.claims,
            decoded.header,
            {"iss": {"essential": True, "value": live_provider.issuer}},
            {
                "nonce": nonce,
                "client_id": variables["CLIENT_ID"],
                "access_token": given["access_token"],
                "code": given["code"],
            },
        )
        claims.validate()
        token = await client.fetch_token(
            f"{live_provider.issuer}/token", code=given["code"], code_verifier=verifier, user_agent=FIREFOX
        )
        userinfo = (await client.get(f"{live_provider.issuer}/userinfo")).json()
    assert userinfo["sub"] == claims["sub"]
    assert token["access_token"] != given["access_token"]
