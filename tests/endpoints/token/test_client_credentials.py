"""A client for itself: never mistaken for a person."""

import pytest

from tests.support.calls import basic, bearer, get, json_of, post, secret_of
from tests.support.provider import Provider, TestClient
from tests.support.relying_party import claims_of

GRANT = {"grant_type": "client_credentials"}


async def robot(provider: Provider) -> TestClient:
    return await provider.client(
        "robot", application_type="service", scope="openid profile api.read api.write", audience=["https://api.example"]
    )


@pytest.mark.requirement("TK-22", "TK-21", "TK-23", "OC-47")
async def test_a_clients_own_token_is_no_persons(provider: Provider) -> None:
    """Its subject is the client, it has no ID token, no refresh token, no session, and UserInfo refuses it."""
    client = await robot(provider)
    answer = json_of(await post(provider, "/token", GRANT, secret_of(client)))
    assert answer.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert answer["scope"] == "api.read api.write"
    claims = claims_of(answer["access_token"])
    assert (claims["sub"], claims["client_id"], claims["aud"]) == ("robot", "robot", "https://api.example")
    assert claims["exp"] - claims["iat"] <= 900
    assert not {"sid", "auth_time", "acr", "amr", "grant_id", "ua_binding"} & claims.keys()
    assert (await get(provider, "/userinfo", bearer(answer["access_token"]))).status == 401


@pytest.mark.requirement("TK-22")
async def test_our_own_audience_does_not_make_it_a_person(provider: Provider) -> None:
    """Without an audience of its own the token names us, and UserInfo still refuses it."""
    client = await provider.client("plain", application_type="service", scope="api.read")
    answer = json_of(await post(provider, "/token", GRANT, secret_of(client)))
    refused = await get(provider, "/userinfo", bearer(answer["access_token"]))
    assert (refused.status, json_of(refused)["error"]) == (401, "invalid_token")


@pytest.mark.requirement("TK-22")
@pytest.mark.parametrize("scope", ["openid", "profile", "api.read openid", "offline_access", "admin", "api.read admin"])
async def test_what_belongs_to_persons_is_refused(provider: Provider, scope: str) -> None:
    """The scopes of a person's data and login are none of a client's own, even if it is registered for them."""
    client = await robot(provider)
    answer = await post(provider, "/token", GRANT | {"scope": scope}, secret_of(client))
    assert (answer.status, json_of(answer)["error"]) == (400, "invalid_scope")


@pytest.mark.requirement("TK-12", "TK-22")
async def test_a_public_client_has_nothing_of_its_own(provider: Provider) -> None:
    """RFC 6749 §4.4: confidential clients only."""
    await provider.client("app", application_type="spa")
    answer = await post(provider, "/token", GRANT | {"client_id": "app"})
    assert (answer.status, json_of(answer)["error"]) == (400, "unauthorized_client")


async def test_scope_narrows(provider: Provider) -> None:
    """Less than registered is given as asked for."""
    client = await robot(provider)
    answer = json_of(await post(provider, "/token", GRANT | {"scope": "api.write"}, basic(client.id, client.secret)))
    assert answer["scope"] == claims_of(answer["access_token"])["scope"] == "api.write"
