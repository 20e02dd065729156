"""ID tokens and UserInfo as a client registered for them: signed, encrypted to a key of its own, or both."""

import json
from typing import Any

import pytest
from joserfc import jwe, jws
from joserfc.jwk import ECKey, Key, KeySet, RSAKey

from idp.administration.clients import Declaration, change_client, get_registration
from idp.administration.refusal import Refused
from idp.clients.client import SIGNING_ALGORITHMS
from idp.keys.algorithms import registry_of
from idp.protocol.encrypted_to_client import CONTENT_ENCRYPTIONS, ENCRYPTION_ALGORITHMS
from tests.support.asgi import Answer
from tests.support.browser import Browser
from tests.support.calls import bearer, get, json_of, post
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, claims_of

RSA = RSAKey.generate_key(2048, private=True)
EC = ECKey.generate_key("P-256", private=True)
JWKS = {"keys": [{**key.as_dict(private=False), "kid": kid, "use": "enc"} for kid, key in (("rsa", RSA), ("ec", EC))]}
REGISTRY = jwe.JWERegistry(algorithms=[*ENCRYPTION_ALGORITHMS, *CONTENT_ENCRYPTIONS])
ENCRYPTED = {"id_token_encrypted_response_alg": "ECDH-ES+A128KW", "jwks": JWKS}


async def relying_party(provider: Provider, **metadata: Any) -> RelyingParty:
    await provider.account()
    return RelyingParty(provider, await provider.client(**metadata))


def opened(token: str, key: Key) -> tuple[dict[str, Any], str]:
    """The header and the content of a JWE."""
    content = jwe.decrypt_compact(token, key, registry=REGISTRY)
    return dict(content.headers()), (content.plaintext or b"").decode()


async def verified(provider: Provider, token: str, alg: str) -> dict[str, Any]:
    """The claims, when one of the published keys signed them with `alg`."""
    keys = KeySet.import_key_set(json.loads((await get(provider, "/jwks")).body))
    jws.deserialize_compact(token, keys, registry=registry_of(alg))
    return claims_of(token)


async def userinfo(rp: RelyingParty, tokens: dict[str, Any]) -> Answer:
    return await get(rp.provider, "/userinfo", bearer(tokens["access_token"]))


@pytest.mark.parametrize(("alg", "key"), [("RSA-OAEP-256", RSA), ("ECDH-ES", EC), ("ECDH-ES+A256KW", EC)])
async def test_an_id_token_is_signed_and_then_encrypted(
    provider: Provider, browser: Browser, alg: str, key: Key
) -> None:
    """OIDC Core §10.2, RFC 7519 §11.2: a nested JWT, from the code and from every refresh; the JWS in it is whole."""
    enc = {"id_token_encrypted_response_enc": "A256GCM", "id_token_signed_response_alg": "RS256"}
    rp = await relying_party(provider, **(ENCRYPTED | {"id_token_encrypted_response_alg": alg} | enc))
    tokens = await rp.tokens(browser)
    refreshed = (await rp.refresh(tokens["refresh_token"])).json()
    for answer in (tokens, refreshed):
        header, content = opened(answer["id_token"], key)
        assert (header["alg"], header["enc"], header["cty"]) == (alg, "A256GCM", "JWT")
        assert header["kid"] == ("rsa" if key is RSA else "ec")
        claims = await verified(provider, content, "RS256")
        assert (claims["aud"], claims["iss"]) == (rp.client.id, provider.issuer)
        assert claims["sub"] == claims_of(answer["access_token"])["sub"]


@pytest.mark.requirement("OC-15")
@pytest.mark.parametrize("alg", SIGNING_ALGORITHMS)
async def test_userinfo_is_signed(provider: Provider, browser: Browser, alg: str) -> None:
    """OIDC Core §5.3.2: `application/jwt`, with `iss` and `aud`; by GET and by POST, kept by no cache."""
    rp = await relying_party(provider, userinfo_signed_response_alg=alg)
    tokens = await rp.tokens(browser)
    for answer in (
        await userinfo(rp, tokens),
        await post(provider, "/userinfo", {"access_token": tokens["access_token"]}),
    ):
        assert (answer.status, answer.header("content-type")) == (200, "application/jwt")
        assert answer.header("cache-control") == "no-store"
        claims = await verified(provider, answer.text, alg)
        assert (claims["iss"], claims["aud"]) == (provider.issuer, rp.client.id)
        assert claims["sub"] == claims_of(tokens["id_token"])["sub"]
        assert (claims["email"], claims["email_verified"]) == ("lucie@wedos.cz", True)


async def test_userinfo_is_encrypted(provider: Provider, browser: Browser) -> None:
    """OIDC Core §5.3.2: with a signature inside where there is one, else the JSON itself."""
    await provider.account()
    metadata = {"userinfo_encrypted_response_alg": "RSA-OAEP-256", "jwks": JWKS}
    plain = RelyingParty(provider, await provider.client("plain", **metadata))
    nested = RelyingParty(provider, await provider.client("nested", userinfo_signed_response_alg="ES256", **metadata))
    answer = await userinfo(plain, await plain.tokens(browser))
    header, content = opened(answer.text, RSA)
    assert (answer.header("content-type"), header["enc"]) == ("application/jwt", "A128CBC-HS256")
    assert "cty" not in header
    assert json.loads(content)["email"] == "lucie@wedos.cz"
    header, content = opened((await userinfo(nested, await nested.tokens(browser))).text, RSA)
    assert header["cty"] == "JWT"
    assert (await verified(provider, content, "ES256"))["aud"] == "nested"


async def test_errors_of_userinfo_stay_json(provider: Provider, browser: Browser) -> None:
    """OIDC Core §5.3.3: an error is not an answer that the client asked to have signed."""
    await relying_party(provider, userinfo_signed_response_alg="RS256")
    refused = await get(provider, "/userinfo", bearer("nonsense"))
    assert (refused.status, json_of(refused)["error"]) == (401, "invalid_token")


@pytest.mark.requirement("JW-06")
async def test_signed_userinfo_is_no_other_token(provider: Provider, browser: Browser) -> None:
    """Neither an ID token hint nor an access token, though the same key signed it for the same client."""
    rp = await relying_party(provider, userinfo_signed_response_alg="ES256")
    signed = (await userinfo(rp, await rp.tokens(browser))).text
    page = await browser.open(rp.authorization_url(id_token_hint=signed, prompt="none"))
    assert page.query["error"] == "login_required"
    assert (await get(provider, "/userinfo", bearer(signed))).status == 401
    assert await rp.introspect(signed) == {"active": False}


async def test_an_encrypted_hint_is_refused_in_clear_words(provider: Provider, browser: Browser) -> None:
    """OIDC Core §3.1.2.1: the client opens it and sends what is inside; that works."""
    rp = await relying_party(provider, **ENCRYPTED)
    token = (await rp.tokens(browser))["id_token"]
    page = await browser.open(rp.authorization_url(id_token_hint=token, prompt="none"))
    assert page.query["error"] == "invalid_request"
    assert "encrypted" in page.query["error_description"]
    _, signed = opened(token, EC)
    assert "code" in (await browser.open(rp.authorization_url(id_token_hint=signed, prompt="none"))).query


async def test_a_client_whose_key_is_gone_loses_nothing(provider: Provider, browser: Browser) -> None:
    """Refused before the code is spent: with its key back, the client redeems the very same code."""
    rp = await relying_party(provider, **ENCRYPTED)
    code = (await rp.sign_in(browser)).query["code"]
    async with provider.wiring.database.reading() as db:
        metadata = dict((await get_registration(db, rp.client.id)).metadata)
    unreachable = {name: value for name, value in metadata.items() if name != "jwks"}
    await _change(provider, rp, unreachable | {"jwks_uri": "https://keys.invalid/jwks"})
    refused = await rp.redeem(code)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    await _change(provider, rp, metadata)
    assert opened((await rp.redeem(code)).json()["id_token"], EC)


async def _change(provider: Provider, rp: RelyingParty, metadata: dict[str, Any]) -> None:
    async with provider.wiring.database.writing() as db:
        await change_client(db, Declaration(rp.client.id, metadata), origin=provider.origin())
    provider.wiring.clients.forget()


@pytest.mark.requirement("OC-46")
async def test_an_authorization_response_is_signed_and_then_encrypted(provider: Provider, browser: Browser) -> None:
    """JARM §2.2: a nested JWT, which only the client opens; its code is good."""
    rp = await relying_party(
        provider, jwks=JWKS, authorization_signed_response_alg="ES256", authorization_encrypted_response_alg="ECDH-ES"
    )
    page = await rp.sign_in(browser, response_mode="jwt")
    assert page.query.keys() == {"response"}
    header, content = opened(page.query["response"], EC)
    assert (header["alg"], header["enc"], header["cty"]) == ("ECDH-ES", "A128CBC-HS256", "JWT")
    claims = await verified(provider, content, "ES256")
    assert (claims["aud"], claims["state"], claims["iss"]) == (rp.client.id, rp.state, provider.issuer)
    assert (await rp.redeem(claims["code"])).status_code == 200


async def test_nothing_is_fetched_to_answer_a_login(provider: Provider) -> None:
    """The key that responses are encrypted to is given by value."""
    with pytest.raises(Refused, match="authorization_encrypted_response_alg"):
        await provider.client(jwks_uri="https://shop.example/keys", authorization_encrypted_response_alg="ECDH-ES")


async def test_an_introspection_answer_is_signed_and_then_encrypted(provider: Provider, browser: Browser) -> None:
    """RFC 9701 §5: for the resource server that is registered for it, where it asks for a JWT."""
    rp = await relying_party(
        provider,
        jwks=JWKS,
        introspection_signed_response_alg="RS256",
        introspection_encrypted_response_alg="RSA-OAEP-256",
        introspection_encrypted_response_enc="A256GCM",
    )
    tokens = await rp.tokens(browser)
    asked = {"token": tokens["access_token"]}
    answer = await rp.post("/introspect", asked, accept="application/token-introspection+jwt")
    header, content = opened(answer.text, RSA)
    assert (header["alg"], header["enc"]) == ("RSA-OAEP-256", "A256GCM")
    claims = await verified(provider, content, "RS256")
    assert claims["token_introspection"]["active"] is True
    assert (await rp.introspect(tokens["access_token"]))["active"] is True
