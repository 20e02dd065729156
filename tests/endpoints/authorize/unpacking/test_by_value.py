"""`request`: signed by the client, for us, now; the object wins, and what is not good reaches no stranger."""

from typing import Any

import pytest

from tests.support.browser import Browser
from tests.support.calls import get, json_of, location_of, outcome
from tests.support.client_keys import ClientKey
from tests.support.provider import PASSWORD, Provider
from tests.support.relying_party import RelyingParty, claims_of
from tests.support.request_objects import (
    claims_for,
    fapi2_party,
    push,
    pushed_url,
    signing_party,
    unsigned,
    url_with,
    verdict,
)
from tests.support.signing_in import try_again

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]


async def seen(rp: RelyingParty, request: str, **outside: str | None) -> str:
    return outcome(rp, await get(rp.provider, url_with(rp, request, **outside)), state=rp.state)


@pytest.mark.requirement("OC-46")
@pytest.mark.parametrize("alg", ALGORITHMS)
async def test_each_algorithm_completes_a_login(provider: Provider, browser: Browser, alg: str) -> None:
    """Everything stands inside; state, nonce and the verifier's challenge are what the object says."""
    await provider.account()
    key = ClientKey.generate(alg)
    rp = await signing_party(provider, key)
    await browser.open(url_with(rp, key.sign(claims_for(rp), typ="oauth-authz-req+jwt")))
    page = await try_again(browser, "lucie@wedos.cz", PASSWORD)
    assert page.query["state"] == rp.state
    tokens = (await rp.redeem(page.query["code"])).json()
    assert claims_of(tokens["id_token"])["nonce"] == rp.nonce


@pytest.mark.requirement("OT-14", "OC-23")
async def test_the_object_wins(provider: Provider) -> None:
    """OIDC Core §6.1: a bad redirect URI or scope outside does not count; what is outside alone does."""
    key = ClientKey.generate()
    rp = await signing_party(provider, key)
    request = key.sign(claims_for(rp))
    bad = {
        "redirect_uri": "https://evil.example/cb",
        "scope": "openid admin",
        "state": "other",
        "response_type": "code",
    }
    assert await seen(rp, request, **bad) == "/login"
    without = key.sign(claims_for(rp, scope=None, code_challenge=None, code_challenge_method=None))
    assert await seen(rp, without) == "invalid_request"
    assert await seen(rp, without, code_challenge="x" * 43, code_challenge_method="S256", scope="openid") == "/login"
    assert (
        await seen(rp, without, code_challenge="x" * 43, code_challenge_method="S256", scope="admin") == "invalid_scope"
    )
    assert await seen(rp, request, response_type="id_token") == "invalid_request"


@pytest.mark.requirement("OT-13")
async def test_state_inside_comes_back_with_every_error(provider: Provider, rp: RelyingParty) -> None:
    """Of an object that is refused too: unsigned, signed by a stranger, or sent by a client that signs nothing."""
    key, stranger = ClientKey.generate(), ClientKey.generate()
    signer = await signing_party(provider, key)
    beside = {"redirect_uri": signer.client.redirect_uri, "response_type": "code"}
    for request, error in (
        (unsigned(claims_for(signer)), "invalid_request_object"),
        (stranger.sign(claims_for(signer)), "invalid_request_object"),
        (key.sign(claims_for(signer, prompt="none")), "login_required"),
        (key.sign(claims_for(signer, scope="admin")), "invalid_scope"),
    ):
        assert await seen(signer, request, **beside) == error
    outside = {"redirect_uri": rp.client.redirect_uri, "response_type": "code"}
    assert await seen(rp, unsigned(claims_for(rp)), **outside) == "request_not_supported"


@pytest.mark.requirement("AZ-21", "AZ-04", "OT-13", "OT-27", "JW-06")
async def test_what_is_not_good_is_refused(provider: Provider) -> None:
    """To the registered redirect URI outside, and to a page where there is none, whatever the object names."""
    key, other = ClientKey.generate(), ClientKey.generate()
    rp = await signing_party(provider, key)
    now = provider.clock.now()
    bad = {
        "unsigned": unsigned(claims_for(rp)),
        "another's key": other.sign(claims_for(rp)),
        "cut": key.sign(claims_for(rp))[:-3],
        "nonsense": "nonsense",
        "empty claims": unsigned({}),
        "another's name": key.sign(claims_for(rp, iss="shop")),
        "another client": key.sign(claims_for(rp, client_id="shop")),
        "another audience": key.sign(claims_for(rp, aud="https://other.example")),
        "audience of others": key.sign(claims_for(rp, aud=["https://other.example"])),
        "audience is a number": key.sign(claims_for(rp, aud=5)),
        "expired": key.sign(claims_for(rp, exp=now)),
        "not yet": key.sign(claims_for(rp, nbf=now + 61)),
        "a little too early": key.sign(claims_for(rp, nbf=now + 11)),
        "from the future": key.sign(claims_for(rp, iat=now + 11)),
        "expiry as text": key.sign(claims_for(rp, exp="soon")),
        "an assertion": key.sign(claims_for(rp, sub=rp.client.id)),
        "another type": key.sign(claims_for(rp), typ="at+jwt"),
        "a logout token": key.sign(claims_for(rp), typ="logout+jwt"),
        "nested": key.sign(claims_for(rp, request="e30.e30.")),
        "a reference inside": key.sign(claims_for(rp, request_uri="https://signer.example/r")),
        "unknown key": key.sign(claims_for(rp), kid="two"),
    }
    beside = {"redirect_uri": rp.client.redirect_uri, "response_type": "code", "state": rp.state}
    assert {name: await seen(rp, request, **beside) for name, request in bad.items()} == dict.fromkeys(
        bad, "invalid_request_object"
    )
    for outside in ({}, {"redirect_uri": "https://evil.example/cb"}):
        assert {name: await seen(rp, request, **outside) for name, request in bad.items()} == dict.fromkeys(bad, "page")
    elsewhere = key.sign(claims_for(rp, redirect_uri="https://evil.example/cb"))
    assert await seen(rp, elsewhere, redirect_uri=rp.client.redirect_uri) == "page"
    assert (
        await seen(rp, key.sign(claims_for(rp)), request_uri="https://signer.example/r", **beside) == "invalid_request"
    )


@pytest.mark.requirement("OT-27")
async def test_what_is_good_enough(provider: Provider) -> None:
    """A clock that is ten seconds ahead; no times at all; ours among several audiences; the types of a request."""
    key = ClientKey.generate()
    rp = await signing_party(provider, key)
    now = provider.clock.now()
    for changes in (
        {"nbf": now + 10, "iat": now + 10},
        {"exp": None, "nbf": None, "iat": None, "jti": None, "aud": None, "iss": None},
        {"aud": ["https://other.example", provider.issuer]},
        {"exp": now + 0.5 + 1},
    ):
        assert await seen(rp, key.sign(claims_for(rp, **changes))) == "/login", changes
    for typ in ("oauth-authz-req+jwt", "JWT", None):
        assert await seen(rp, key.sign(claims_for(rp), typ=typ)) == "/login"


HOSTILE: list[Any] = [
    0, 5, -1, 2**80, 1.5, 1e300, True, False, None, "", [], ["a", "b"], ["openid", "email"], [1, 2], [None], {},
    {"a": 1}, {"userinfo": {"email": None}}, [[["x"]]], "x\u0000y", "\ud800", "x" * 3000,
    {"a": "\ud800"}, [{"type": "x"}],
]  # fmt: skip


async def test_claims_of_any_type_are_read_or_refused(provider: Provider) -> None:
    """Every parameter as every kind of JSON value: never a failure of ours."""
    key = ClientKey.generate()
    rp = await signing_party(provider, key)
    names = [
        *claims_for(rp),
        "max_age",
        "claims",
        "prompt",
        "acr_values",
        "resource",
        "authorization_details",
        "display",
    ]
    names += ["login_hint", "ui_locales", "id_token_hint", "response_mode", "registration"]
    for name in dict.fromkeys(names):
        for value in HOSTILE:
            answer = await get(provider, url_with(rp, key.sign({**claims_for(rp), name: value})))
            assert answer.status in {303, 400}, (name, value)


async def test_claims_in_their_own_types(provider: Provider, browser: Browser) -> None:
    """RFC 9101 §4: `max_age` is a number, `claims` an object, lists are lists; they mean what they do in a query."""
    await provider.account()
    key = ClientKey.generate()
    rp = await signing_party(provider, key)
    claims = {"userinfo": {"phone_number": {"essential": True}}}
    own_types = claims_for(rp, max_age=300, claims=claims, scope=["openid"], ui_locales=["cs", "en"], prompt=["login"])
    await browser.open(url_with(rp, key.sign(own_types)))
    page = await try_again(browser, "lucie@wedos.cz", PASSWORD)
    tokens = (await rp.redeem(page.query["code"])).json()
    assert tokens["scope"] == "openid"
    assert "phone_number" in (await rp.userinfo(tokens["access_token"])).json()
    assert await seen(rp, key.sign(claims_for(rp, max_age=-1))) == "invalid_request"


async def test_only_the_registered_algorithm(provider: Provider) -> None:
    """OIDC Dynamic Client Registration §2: an object that is signed by another is refused."""
    key = ClientKey.generate("RS256")
    keys = {"keys": [{name: value for name, value in key.public_jwk.items() if name != "alg"}]}
    rp = await signing_party(provider, key, jwks=keys, request_object_signing_alg="PS256")
    beside = {"redirect_uri": rp.client.redirect_uri}
    assert await seen(rp, key.sign(claims_for(rp)), **beside) == "invalid_request_object"
    assert await seen(rp, ClientKey("PS256", key.kid, key.key).sign(claims_for(rp))) == "/login"


async def test_a_client_may_have_to_sign(provider: Provider) -> None:
    """RFC 9101 §10.5, §6.3: plain requests are refused then, and nothing beside the object completes it."""
    key = ClientKey.generate()
    rp = await signing_party(provider, key, require_signed_request_object=True)
    assert outcome(rp, await get(provider, rp.authorization_url()), state=rp.state) == "invalid_request"
    assert await seen(rp, key.sign(claims_for(rp))) == "/login"
    unbound = key.sign(claims_for(rp, code_challenge=None, code_challenge_method=None))
    assert await seen(rp, unbound, code_challenge="x" * 43, code_challenge_method="S256") == "invalid_request"
    assert await seen(rp, key.sign(claims_for(rp, client_id=None))) == "page"
    metadata = json_of(await get(provider, "/.well-known/openid-configuration"))
    assert metadata["request_object_signing_alg_values_supported"] == [*ALGORITHMS, "Ed25519"]


@pytest.mark.requirement("OT-27", "OC-46")
async def test_fapi2_bounds_its_objects(provider: Provider) -> None:
    """FAPI 2.0 Message Signing §5.3.1: exp and nbf, an hour at most; each `jti` once; PS256, ES256 or EdDSA."""
    key = ClientKey.generate()
    rp = await fapi2_party(provider, key, require_signed_request_object=True)
    now = provider.clock.now()

    async def pushed(**changes: Any) -> str:
        return await verdict(await push(rp, {"request": key.sign(claims_for(rp, **changes))}, key))

    for changes in (
        {"exp": None}, {"nbf": None}, {"nbf": now - 3601}, {"exp": now + 3601}, {"aud": None}, {"jti": 5},
        {"nbf": now + 61, "exp": now + 120}, {"client_id": None},
    ):  # fmt: skip
        assert await pushed(**changes) == "400 invalid_request_object", changes
    assert await pushed(nbf=now + 10, exp=now + 3600) == "pushed"
    assert await pushed(jti="once") == "pushed"
    assert await pushed(jti="once") == "400 invalid_request_object"
    assert await pushed(jti=None) == "pushed"
    assert await pushed(scope=None) == "400 invalid_scope"
    assert await verdict(await push(rp, {"redirect_uri": rp.client.redirect_uri}, key)) == "400 invalid_request"
    request = key.sign(claims_for(rp))
    url = await pushed_url(rp, {"request": request}, key)
    assert location_of(await get(provider, url))[0] == "/login"
