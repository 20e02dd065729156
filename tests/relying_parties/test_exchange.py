"""Other people's clients beside the code flow: resources, exchange, assertions, introspection as a JWT."""

import json
from pathlib import Path

from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]
from authlib.oauth2.rfc7523 import JWTBearerGrant  # type: ignore[import-untyped]

from idp.clients.jwt_bearer import JWT_BEARER
from idp.clients.token_exchange import TOKEN_EXCHANGE
from idp.protocol.token_exchange import ACCESS_TOKEN
from tests.relying_parties.browser import Browser
from tests.relying_parties.node_script import run_script
from tests.relying_parties.parties import API, BACKEND, HR, register_parties
from tests.support.browser import FIREFOX
from tests.support.live import LiveProvider
from tests.support.relying_party import claims_of


def test_openid_client_and_oauth4webapi(node_path: Path, installed: Path, live_provider: LiveProvider) -> None:
    """Two resources, one token for one of them, its exchange, the verified JWT of introspection, and an assertion."""
    parties = register_parties(live_provider)
    email, password = live_provider.account
    now = live_provider.clock.now()
    claims = {"iss": HR, "sub": email, "aud": live_provider.issuer, "exp": now + 60, "iat": now, "jti": "one"}
    clients = {"SHOP": parties.shop, "API": parties.api, "HR": parties.hr}
    environment = {
        name: json.dumps({"client_id": client.id, "client_secret": client.secret}) for name, client in clients.items()
    } | {
        "REDIRECT_URI": parties.shop.redirect_uri,
        "EMAIL": email,
        "PASSWORD": password,
        "RESOURCE": API,
        "BACKEND": BACKEND,
        "ASSERTION": parties.hr_key.sign(claims),
    }
    found = run_script(node_path, installed, "exchange.mjs", live_provider.issuer, environment)
    first = claims_of(found["tokens"]["access_token"])
    assert (first["aud"], first["sub"]) == (API, found["subject"])
    exchanged = claims_of(found["exchanged"]["access_token"])
    assert (exchanged["aud"], exchanged["sub"], exchanged["client_id"]) == (BACKEND, found["subject"], "api")
    assert found["exchanged"]["issued_token_type"] == ACCESS_TOKEN
    assert found["media_type"] == "application/token-introspection+jwt"
    assert (found["introspected"]["active"], found["introspected"]["sub"]) == (True, found["subject"])
    assert claims_of(found["asserted"]["access_token"])["sub"] == found["subject"]


async def test_authlib(live_provider: LiveProvider) -> None:
    """The code flow for one resource, an exchange and an assertion that Authlib signed."""
    parties = register_parties(live_provider)
    email, password = live_provider.account
    token_endpoint = f"{live_provider.issuer}/token"
    shop, api, hr = (
        AsyncOAuth2Client(client.id, client.secret, redirect_uri=client.redirect_uri, code_challenge_method="S256")
        for client in (parties.shop, parties.api, parties.hr)
    )
    async with Browser() as browser, shop, api, hr:
        verifier = "v" * 43
        url, state = shop.create_authorization_url(
            f"{live_provider.issuer}/authorize", code_verifier=verifier, scope="openid api.read", resource=API
        )
        back = await browser.walk(url, parties.shop.redirect_uri, username=email, password=password)
        token = await shop.fetch_token(
            token_endpoint, authorization_response=back, state=state, code_verifier=verifier, user_agent=FIREFOX
        )
        exchanged = await api.fetch_token(
            token_endpoint,
            grant_type=TOKEN_EXCHANGE,
            subject_token=token["access_token"],
            subject_token_type=ACCESS_TOKEN,
            audience=BACKEND,
        )
        key = parties.hr_key
        assertion = JWTBearerGrant.sign(
            key.key, HR, token_endpoint, email, header={"alg": key.alg, "kid": key.kid}, expires_in=60
        )
        asserted = await hr.fetch_token(token_endpoint, grant_type=JWT_BEARER, assertion=assertion)
    assert claims_of(token["access_token"])["aud"] == [API, live_provider.issuer]
    assert claims_of(exchanged["access_token"])["aud"] == BACKEND
    subjects = {claims_of(each["access_token"])["sub"] for each in (token, exchanged, asserted)}
    assert len(subjects) == 1
