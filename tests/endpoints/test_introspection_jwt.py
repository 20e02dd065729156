"""Introspection answered as a JWT (RFC 9701): signed, made out to the caller, and no token itself."""

import json
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import KeySet

from idp.keys.algorithms import registry_of
from tests.support.browser import Browser
from tests.support.calls import bearer, get, json_of, post, secret_of
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, claims_of

MEDIA_TYPE = "application/token-introspection+jwt"
API = "https://api.example"


async def set_up(provider: Provider, **metadata: Any) -> tuple[RelyingParty, RelyingParty]:
    await provider.account()
    rp = RelyingParty(provider, await provider.client(audience=[API]))
    api = await provider.client("api", application_type="service", resource_of=[API], **metadata)
    return rp, RelyingParty(provider, api)


async def header_of(provider: Provider, token: str, alg: str) -> dict[str, Any]:
    """The header of a JWT that one of the published keys signed."""
    keys = KeySet.import_key_set(json.loads((await get(provider, "/jwks")).body))
    return dict(jws.deserialize_compact(token, keys, registry=registry_of(alg)).headers())


@pytest.mark.parametrize("alg", [None, "RS256", "ES256", "EdDSA"])
async def test_the_answer_is_a_signed_jwt(provider: Provider, browser: Browser, alg: str | None) -> None:
    """RFC 9701 §5: `typ`, `iss`, `aud`, `iat`, and the members of the plain answer in `token_introspection`."""
    registered = {} if alg is None else {"introspection_signed_response_alg": alg}
    rp, api = await set_up(provider, **registered)
    token = (await rp.tokens(browser))["access_token"]
    answer = await api.post("/introspect", {"token": token}, accept=MEDIA_TYPE)
    assert (answer.status_code, answer.headers["content-type"]) == (200, MEDIA_TYPE)
    assert answer.headers["cache-control"] == "no-store"
    header = await header_of(provider, answer.text, alg or "RS256")  # RFC 9701 §6: the default
    assert (header["typ"], header["alg"]) == ("token-introspection+jwt", alg or "RS256")
    claims = claims_of(answer.text)
    assert claims == {
        "iss": provider.issuer,
        "aud": "api",
        "iat": provider.clock.now(),
        "token_introspection": await api.introspect(token),
    }
    assert claims["token_introspection"]["active"] is True


@pytest.mark.requirement("RT-17")
async def test_an_inactive_token_is_inactive_and_nothing_else(provider: Provider, browser: Browser) -> None:
    """Nonsense, an ID token and another's token, in the same words; a stranger gets no JWT at all."""
    rp, api = await set_up(provider)
    other = RelyingParty(provider, await provider.client("other", application_type="service", resource_of=["x"]))
    tokens = await rp.tokens(browser)
    for asker, token in ((api, "x"), (api, tokens["id_token"]), (other, tokens["access_token"])):
        answer = await asker.post("/introspect", {"token": token}, accept=MEDIA_TYPE)
        assert claims_of(answer.text)["token_introspection"] == {"active": False}
    refused = await post(provider, "/introspect", {"token": "x"}, ("accept", MEDIA_TYPE))
    assert (refused.status, json_of(refused)["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("accept", "is_jwt"),
    [
        (MEDIA_TYPE, True),
        (MEDIA_TYPE.upper(), True),
        (f"application/json;q=0.5, {MEDIA_TYPE} ; q=1", True),
        (f"{MEDIA_TYPE};q=0", False),
        (f"{MEDIA_TYPE}; q=0.000", False),
        ("application/json", False),
        ("*/*", False),
        ("", False),
        ("application/jwt", False),
        (f"{MEDIA_TYPE}x", False),
    ],
)
async def test_only_who_asks_for_a_jwt_gets_one(provider: Provider, accept: str, is_jwt: bool) -> None:
    """RFC 9701 §4: by the Accept header."""
    robot = await provider.client("robot", application_type="service", scope="api.read")
    answer = await post(provider, "/introspect", {"token": "x"}, secret_of(robot), ("accept", accept))
    assert answer.status == 200
    assert (answer.header("content-type") == MEDIA_TYPE) is is_jwt


@pytest.mark.requirement("TK-09")
async def test_the_answer_is_no_token(provider: Provider, browser: Browser) -> None:
    """RFC 9701 §8.1: neither at UserInfo, nor at introspection, nor as a hint, though it is signed with our keys."""
    rp, _ = await set_up(provider)
    token = (await rp.tokens(browser))["access_token"]
    answer = (await rp.post("/introspect", {"token": token}, accept=MEDIA_TYPE)).text
    assert (await get(provider, "/userinfo", bearer(answer))).status == 401
    assert await rp.introspect(answer) == {"active": False}
    hinted = await get(provider, rp.authorization_url(id_token_hint=answer))
    assert "error=login_required" in (hinted.header("location") or "")


async def test_discovery_names_the_algorithms(provider: Provider) -> None:
    """RFC 9701 §7."""
    metadata = json_of(await get(provider, "/.well-known/openid-configuration"))
    assert metadata["introspection_signing_alg_values_supported"] == metadata["id_token_signing_alg_values_supported"]


@pytest.mark.requirement("RT-11")
async def test_step_up_tokens_and_introspection_carry_the_level(provider: Provider, browser: Browser) -> None:
    """RFC 9470 §6: `acr` and `auth_time` in the JWT and in both answers; neither time nor a refresh raises them."""
    await provider.account("otto@wedos.cz", otp=True)
    rp, api = await set_up(provider)
    tokens = await rp.tokens(browser, "otto@wedos.cz", otp=True, acr_values="urn:idp:acr:otp", max_age="300")
    first = claims_of(tokens["access_token"])
    assert (first["acr"], first["auth_time"]) == ("urn:idp:acr:otp", provider.clock.now())
    provider.clock.advance(minutes=10)
    refreshed = (await rp.refresh(tokens["refresh_token"])).json()
    described = await api.introspect(refreshed["access_token"])
    as_jwt = await api.post("/introspect", {"token": refreshed["access_token"]}, accept=MEDIA_TYPE)
    for claims in (
        claims_of(refreshed["access_token"]),
        claims_of(refreshed["id_token"]),
        described,
        claims_of(as_jwt.text)["token_introspection"],
    ):
        assert (claims["acr"], claims["auth_time"]) == (first["acr"], first["auth_time"])
