"""`POST /clients`: who may register, what is answered, and what is refused (RFC 7591, OIDC Registration)."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import pytest

from idp.administration.clients import get_registration
from idp.clients.dynamic_metadata import is_public
from idp.clients.members import MemberReader
from idp.clients.metadata import read_client
from tests.endpoints.client_registration.conftest import Running
from tests.support.browser import Browser
from tests.support.calls import get, json_of
from tests.support.client_keys import ClientKey
from tests.support.provider import Provider
from tests.support.registering import (
    CALLBACK,
    CLIENTS,
    as_client,
    error_of,
    initial_token,
    register,
    registered,
    registrations,
    send,
)
from tests.support.relying_party import RelyingParty, claims_of

# What only operators give.
PRIVATE = {
    "access_token_signed_response_alg", "allowed_acr", "audience", "first_party", "issue_refresh_token",
    "jwt_bearer_issuers", "require_pkce", "resource_of", "security_profile", "sign_in_button",
    "token_exchange_audience", "token_exchange_impersonation", "user_agent_binding", "user_agent_policy",
}  # fmt: skip


@pytest.mark.requirement("OC-29", "OT-19")
async def test_the_answer_says_all_that_is_registered(any_provider: Provider) -> None:
    """201 with the defaults of the specification, the id, the secret that never expires, and the management pair."""
    answer = await register(any_provider, client_name="Wiki")
    client = json_of(answer)
    assert answer.status == 201
    assert answer.header("content-type") == "application/json"
    assert "no-store" in (answer.header("cache-control") or "")
    assert client["client_id"].startswith("client_")
    assert client["client_id_issued_at"] == any_provider.clock.now()
    assert len(client["client_secret"]) >= 43
    assert client["client_secret_expires_at"] == 0
    assert client["registration_client_uri"] == f"{any_provider.issuer}/clients/{client['client_id']}"
    assert len(client["registration_access_token"]) >= 43
    assert client["redirect_uris"] == [CALLBACK]
    assert client["client_name"] == "Wiki"
    assert client["application_type"] == "web"
    assert client["grant_types"] == ["authorization_code"]
    assert client["response_types"] == ["code"]
    assert client["token_endpoint_auth_method"] == "client_secret_basic"
    assert client["id_token_signed_response_alg"] == "RS256"
    assert client["scope"] == "openid profile email address phone offline_access"
    (registration,) = await registrations(any_provider)
    assert registration.client.source == "dynamic"
    assert "client_registered" in await any_provider.events()


@pytest.mark.requirement("OC-29", "OT-19")
async def test_every_member_comes_back(provider: Provider) -> None:
    """What was sent is what is registered, word for word, in the answer and at the client's own address."""
    declared = {
        "client_name": "Wiki",
        "client_uri": "https://wiki.example",
        "logo_uri": "https://wiki.example/logo.png",
        "policy_uri": "https://wiki.example/privacy",
        "tos_uri": "https://wiki.example/terms",
        "client_name#cs": "Wiki česky",
        "logo_uri#cs": "https://wiki.example/logo-cs.png",
        "policy_uri#cs": "https://wiki.example/soukromi",
        "tos_uri#de-AT": "https://wiki.example/bedingungen",
        "contacts": ["admin@wiki.example", "ops@wiki.example"],
        "redirect_uris": [CALLBACK, "https://other.example/cb?x=1"],
        "post_logout_redirect_uris": ["https://wiki.example/bye"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "application_type": "web",
        "scope": "openid email offline_access",
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "jwks": ClientKey.generate().jwks,
        "id_token_signed_response_alg": "ES256",
        "default_max_age": 3600,
        "require_auth_time": True,
        "default_acr_values": ["urn:idp:acr:otp", "urn:idp:acr:pwd"],
        "initiate_login_uri": "https://wiki.example/login",
        "software_id": "4NRB1-0XZABZI9E6-5SM3R",
        "software_version": "2.1",
        "request_uris": ["https://wiki.example/request.jwt#hash"],
        "request_object_signing_alg": "ES256",
        "require_signed_request_object": True,
        "require_pushed_authorization_requests": True,
        "backchannel_logout_uri": "https://wiki.example/back",
        "backchannel_logout_session_required": True,
        "frontchannel_logout_uri": "https://wiki.example/front",
        "frontchannel_logout_session_required": True,
        "authorization_signed_response_alg": "ES256",
        "introspection_signed_response_alg": "EdDSA",
        "dpop_bound_access_tokens": True,
    }
    client = await registered(provider, **declared)
    assert {name: client.get(name) for name in declared} == declared
    token = client["registration_access_token"]
    shown = json_of(await send(provider, "GET", f"/clients/{client['client_id']}", token=token))
    assert {name: shown.get(name) for name in declared} == declared


def test_every_member_is_for_everybody_or_for_operators() -> None:
    """A new member of ours must be decided about: what IANA does not list is an operator's to give."""
    read = MemberReader({"redirect_uris": [CALLBACK]})
    read_client("app", read)
    private = {name for name in read.asked_for if not is_public(name)}
    assert private == PRIVATE


@pytest.mark.requirement("OC-29")
async def test_keys_by_address_come_back(provider: Provider) -> None:
    """`jwks_uri` is kept for when it is needed; both forms at once are refused."""
    uri = "https://wiki.example/jwks"
    client = await registered(provider, jwks_uri=uri, token_endpoint_auth_method="private_key_jwt")
    assert client["jwks_uri"] == uri
    both = await register(provider, jwks_uri=uri, jwks=ClientKey.generate().jwks)
    assert error_of(both) == "400 invalid_client_metadata"


@pytest.mark.requirement("OT-19")
@pytest.mark.parametrize("method", ["private_key_jwt", "none"])
async def test_no_secret_where_none_is_used(provider: Provider, method: str) -> None:
    """Neither `client_secret` nor its expiry for a client that proves itself otherwise, or not at all."""
    client = await registered(provider, token_endpoint_auth_method=method, jwks=ClientKey.generate().jwks)
    assert not {"client_secret", "client_secret_expires_at"} & client.keys()


@pytest.mark.requirement("OT-20")
async def test_redirect_uris_on_two_hosts_are_registered(provider: Provider) -> None:
    """Without a sector identifier: the subject type is public unless a client says otherwise."""
    client = await registered(provider, redirect_uris=[CALLBACK, "https://other.example/cb"])
    assert client.get("subject_type", "public") == "public"


@pytest.mark.requirement("OT-21", "OC-29")
async def test_unknown_metadata_is_ignored(provider: Provider) -> None:
    """Neither stored nor answered; null is the same as missing (RFC 7591 §2)."""
    client = await registered(provider, frobnicate=True, x_y={"z": 1}, logo_uri=None, tos_uri=None, client_name=None)
    assert not {"frobnicate", "x_y"} & client.keys()
    (registration,) = await registrations(provider)
    assert not {"frobnicate", "x_y"} & registration.metadata.keys()


@pytest.mark.requirement("TK-27")
async def test_TK_27_nothing_that_only_operators_give(provider: Provider) -> None:
    """Our own members are ignored: no first party, no audience, no resource server, no weaker binding, no PKCE less."""
    private: dict[str, Any] = {
        "first_party": True,
        "user_agent_binding": "off",
        "user_agent_policy": "off",
        "require_pkce": False,
        "security_profile": "anything",
        "audience": ["https://api.example"],
        "resource_of": ["https://api.example", provider.issuer],
        "allowed_acr": ["x"],
        "issue_refresh_token": "always",
        "token_exchange_audience": ["https://api.example"],
        "token_exchange_impersonation": True,
        "jwt_bearer_issuers": [{"issuer": "https://evil.example", "jwks": {"keys": []}}],
        "access_token_signed_response_alg": "EdDSA",
        "sign_in_button": "x",
        "status": "active",
        "source": "file",
        "secret": "x",
    }
    answer = await register(provider, **private)
    assert answer.status == 201
    client = json_of(answer)
    assert not private.keys() & client.keys()
    (registration,) = await registrations(provider)
    found = registration.client
    assert (found.first_party, found.audience, found.resource_of, found.require_pkce) == (False, (), (), True)
    assert (found.user_agent_binding, found.jwt_bearer_issuers, found.source) == ("auto", (), "dynamic")
    assert registration.metadata.keys() & private.keys() <= {"require_pkce"}


async def test_invited_clients_may_ask_people_elsewhere(running: Running) -> None:
    """Device codes and CIBA, where an operator gave the token."""
    async with running(client_registration="token") as provider:
        device = "urn:ietf:params:oauth:grant-type:device_code"
        ciba = {"grant_types": ["urn:openid:params:grant-type:ciba"], "backchannel_token_delivery_mode": "poll"}
        tokens = [await initial_token(provider) for _ in range(2)]
        television = await register(
            provider, tokens[0], grant_types=[device], redirect_uris=None, token_endpoint_auth_method="none"
        )
        bank = await register(provider, tokens[1], redirect_uris=None, **ciba)
        assert (television.status, bank.status) == (201, 201), television.body + bank.body


async def test_scopes_of_apis_by_setting(running: Running) -> None:
    """An operator may open them; those of our own API stay closed even then."""
    scopes = "openid api.read idp.services.write"
    async with running(client_registration_scopes=scopes) as provider:
        service: dict[str, Any] = {"redirect_uris": None, "grant_types": ["client_credentials"]}
        client = as_client(await registered(provider, scope="api.read", **service))
        answer = await RelyingParty(provider, client).post("/token", {"grant_type": "client_credentials"})
        assert answer.json()["scope"] == "api.read"
        admin = await register(provider, scope="idp.services.write", **service)
        assert error_of(admin) == "400 invalid_client_metadata"
        assert error_of(await register(provider, **service)) == "400 invalid_client_metadata"


@pytest.mark.requirement("TK-27", "OC-31")
async def test_TK_27_a_token_lets_in_as_often_as_it_says(database_url: str, running: Running) -> None:
    """None: 401 with a challenge; once used, expired, or another's: 401; a refused registration costs no use."""
    async with running(client_registration="token", database_url=database_url) as provider:
        anonymous = await register(provider)
        assert error_of(anonymous) == "401 invalid_token"
        assert (anonymous.header("www-authenticate") or "").startswith("Bearer")
        assert error_of(await register(provider, "wrong" * 10)) == "401 invalid_token"
        assert error_of(await register(provider, "\xe9")) == "401 invalid_token"
        token = await initial_token(provider)
        assert error_of(await register(provider, token, scope="x")) == "400 invalid_client_metadata"
        assert (await register(provider, token)).status == 201
        assert error_of(await register(provider, token)) == "401 invalid_token"
        old = await initial_token(provider, hours=1)
        provider.clock.advance(hours=1)
        assert error_of(await register(provider, old)) == "401 invalid_token"
        endless = await initial_token(provider, uses=None)
        assert {(await register(provider, endless)).status for _ in range(3)} == {201}


@pytest.mark.requirement("TK-27")
async def test_TK_27_eight_at_once_and_three_uses(database_url: str, running: Running) -> None:
    """One conditional UPDATE takes each use: three are registered, five are not."""
    async with running(client_registration="token", database_url=database_url) as provider:
        token = await initial_token(provider, uses=3)
        answers = await asyncio.gather(*(register(provider, token) for _ in range(8)))
        assert sorted(answer.status for answer in answers) == [201] * 3 + [401] * 5
        assert len(await registrations(provider)) == 3


async def test_a_wrong_token_is_refused_where_none_is_needed(provider: Provider) -> None:
    """Whoever shows a token means it; other schemes are no token."""
    assert error_of(await register(provider, "wrong" * 10)) == "401 invalid_token"
    basic = await send(provider, "POST", CLIENTS, {"redirect_uris": [CALLBACK]}, authorization="Basic Og==")
    assert error_of(basic) == "401 invalid_token"


@pytest.mark.requirement("TK-27", "SO-21")
async def test_TK_27_off_is_off_on_all_paths(running: Running) -> None:
    """By default: no address, no member of discovery, and clients of before cannot change themselves."""
    async with running() as provider:
        client = await registered(provider)
    async with running(client_registration="off") as provider:
        assert (await register(provider)).status == 404
        path = urlsplit(client["registration_client_uri"]).path
        assert (await send(provider, "GET", path, token=client["registration_access_token"])).status == 404
        assert "registration_endpoint" not in json_of(await get(provider, "/.well-known/openid-configuration"))
        async with provider.wiring.database.reading() as db:
            assert (await get_registration(db, client["client_id"])).client.is_active


@pytest.mark.requirement("OC-02")
async def test_discovery_names_the_endpoint(provider: Provider) -> None:
    """Where it is on, and there it answers."""
    metadata = json_of(await get(provider, "/.well-known/openid-configuration"))
    path = urlsplit(metadata["registration_endpoint"]).path
    assert (await send(provider, "POST", path, {"redirect_uris": [CALLBACK]})).status == 201


async def test_each_address_has_its_share(running: Running) -> None:
    """429 with the time to wait, before anything is read; another hour, another share."""
    async with running(client_registration_address_limit="2/hour") as provider:
        assert [(await register(provider)).status for _ in range(3)] == [201, 201, 429]
        refused = await register(provider)
        assert int(refused.header("retry-after") or 0) > 0
        provider.clock.advance(hours=1)
        assert (await register(provider)).status == 201


@pytest.mark.requirement("OC-26", "OC-29", "OC-28")
async def test_a_registered_client_signs_people_in(provider: Provider, browser: Browser) -> None:
    """Login, consent, code, tokens with the algorithm that it asked for, refresh, UserInfo."""
    await provider.account()
    information = await registered(
        provider,
        grant_types=["authorization_code", "refresh_token"],
        client_name="Wiki",
        scope="openid profile email offline_access",
    )
    rp = RelyingParty(provider, as_client(information))
    scope = "openid email offline_access"
    await rp.sign_in(browser, scope=scope, prompt="consent")
    assert browser.page is not None
    assert browser.page.path == "/consent"
    page = await browser.submit(button="consent-allow")
    assert "code" in page.query, page.url
    tokens = (await rp.redeem(page.query["code"])).json()
    assert claims_of(tokens["id_token"])["aud"] == information["client_id"]
    assert (await rp.userinfo(tokens["access_token"])).status_code == 200
    assert (await rp.refresh(tokens["refresh_token"])).status_code == 200


@pytest.mark.requirement("OC-26")
async def test_pkce_is_required_unless_the_operator_says_otherwise(running: Running) -> None:
    """RFC 9700 §2.1.1: a public client never goes without; one with a secret only by a setting."""
    for required in (True, False):
        async with running(client_registration_require_pkce=required) as provider:
            for method in ("client_secret_basic", "none"):
                client = as_client(await registered(provider, token_endpoint_auth_method=method))
                url = RelyingParty(provider, client).authorization_url(code_challenge=None, code_challenge_method=None)
                location = (await get(provider, url)).header("location") or ""
                is_free = not required and method != "none"
                assert location.startswith("/login") == is_free, (required, method)
