"""UserInfo: the claims that scope and request release, to a bearer of a good access token."""

import json
from typing import Any

import pytest

from idp.administration.demo import DEMO_EMAIL, DEMO_PASSWORD, ensure_demo_accounts
from tests.support.asgi import Answer
from tests.support.browser import Browser
from tests.support.calls import bearer, get, json_of, post
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, claims_of

EVERYTHING = "openid profile email phone address"


async def ask(rp: RelyingParty, access_token: str) -> dict[str, Any]:
    return json_of(await get(rp.provider, "/userinfo", bearer(access_token)))


@pytest.mark.requirement("OC-16", "OT-08")
async def test_the_demo_account_has_every_standard_claim(provider: Provider, browser: Browser) -> None:
    """OIDC Core §5.1: all of them, each with its JSON type, none null or empty."""
    wiring = provider.wiring
    await ensure_demo_accounts(
        wiring.database, wiring.hasher, wiring.master_keys, terms_version="1", origin=provider.origin()
    )
    rp = RelyingParty(provider, await provider.client())
    tokens = await rp.tokens(browser, DEMO_EMAIL, password=DEMO_PASSWORD, scope=EVERYTHING)
    claims = await ask(rp, tokens["access_token"])
    texts = {
        "sub", "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile",
        "picture", "website", "gender", "birthdate", "zoneinfo", "locale", "email", "phone_number",
    }  # fmt: skip
    others = {"updated_at": int, "email_verified": bool, "phone_number_verified": bool, "address": dict}
    assert claims.keys() == texts | others.keys()
    assert {name: type(claims[name]) for name in texts} == dict.fromkeys(texts, str)
    assert {name: type(claims[name]) for name in others} == others
    assert all(claims[name] for name in texts)
    assert claims["address"].keys() == {
        "formatted", "street_address", "locality", "region", "postal_code", "country",
    }  # fmt: skip
    assert claims["sub"] == claims_of(tokens["id_token"])["sub"]


SCOPES = {
    "openid": {"sub"},
    "openid email": {"sub", "email", "email_verified"},
    "openid phone": {"sub", "phone_number", "phone_number_verified"},
    "openid offline_access": {"sub"},
}


@pytest.mark.requirement("OC-17")
async def test_scopes_release_their_claims(rp: RelyingParty, browser: Browser) -> None:
    """OIDC Core §5.4; at UserInfo and not in the ID token, where an access token is issued."""
    personal = {"email", "email_verified", "name", "phone_number", "address"}
    for scope, wanted in SCOPES.items():
        tokens = await rp.tokens(browser, scope=scope)
        assert (await ask(rp, tokens["access_token"])).keys() == wanted
        assert not personal & claims_of(tokens["id_token"]).keys()
        assert not personal & claims_of(tokens["access_token"]).keys()


@pytest.mark.requirement("OC-18")
async def test_single_claims_are_released_on_request(rp: RelyingParty, browser: Browser) -> None:
    """OIDC Core §5.5: a claim outside the scope, essential or not; what the account does not have is left out."""
    claims = json.dumps({"userinfo": {"name": {"essential": True}, "email": None, "nickname": {"essential": True}}})
    tokens = await rp.tokens(browser, scope="openid", claims=claims)
    answer = await ask(rp, tokens["access_token"])
    assert answer.keys() == {"sub", "name", "email"}
    refreshed = (await rp.refresh(tokens["refresh_token"])).json()
    assert await ask(rp, refreshed["access_token"]) == answer


async def test_no_claim_of_the_token_is_for_sale(rp: RelyingParty, browser: Browser) -> None:
    """Asking for `iss`, `aud`, `acr` or `roles` by name brings nothing of the kind."""
    asked = dict.fromkeys(["iss", "aud", "acr", "amr", "sid", "roles", "password", "login_email", "id"])
    tokens = await rp.tokens(browser, scope="openid", claims=json.dumps({"userinfo": asked}))
    assert (await ask(rp, tokens["access_token"])).keys() == {"sub"}


async def test_a_subject_that_is_demanded(rp: RelyingParty, browser: Browser) -> None:
    """OIDC Core §5.5.1: a `sub` with a value is answered for that person or not at all."""
    sub = claims_of((await rp.tokens(browser))["id_token"])["sub"]

    def demand(value: str) -> str:
        return json.dumps({"id_token": {"sub": {"value": value}}})

    assert "code" in (await browser.open(rp.authorization_url(claims=demand(sub)))).query
    page = await browser.open(rp.authorization_url(claims=demand("acc_somebody_else")))
    assert page.query["error"] == "login_required"


@pytest.mark.requirement("OC-14")
async def test_ways_to_send_the_token(rp: RelyingParty, browser: Browser) -> None:
    """GET and POST with the header, POST with the form; never the URL, never two ways at once (RFC 6750 §2)."""
    token = (await rp.tokens(browser))["access_token"]
    provider = rp.provider
    good = [
        await get(provider, "/userinfo", bearer(token)),
        await get(provider, "/userinfo", ("authorization", f"bearer {token}")),
        await post(provider, "/userinfo", "", bearer(token)),
        await post(provider, "/userinfo", {"access_token": token}),
    ]
    assert [answer.status for answer in good] == [200] * 4
    assert len({answer.body for answer in good}) == 1
    assert all(answer.header("content-type") == "application/json" for answer in good)
    refused = {
        "in the URL": (await get(provider, f"/userinfo?access_token={token}"), 401, 'Bearer realm="userinfo"'),
        "none": (await get(provider, "/userinfo"), 401, 'Bearer realm="userinfo"'),
        "basic": (await get(provider, "/userinfo", ("authorization", f"Basic {token}")), 401, "Bearer"),
        "both": (await post(provider, "/userinfo", {"access_token": token}, bearer(token)), 400, None),
        "twice": (await get(provider, "/userinfo", bearer(token), bearer(token)), 400, None),
        "nonsense": (await get(provider, "/userinfo", bearer("nonsense")), 401, 'error="invalid_token"'),
    }
    for name, (answer, status, challenge) in refused.items():
        assert answer.status == status, name
        assert (challenge or "") in (answer.header("www-authenticate") or ""), name
        assert token not in answer.text
        assert answer.header("cache-control") == "no-store"
    # RFC 6750 §3.1: whoever sent no token is told of no error.
    assert "error" not in (refused["none"][0].header("www-authenticate") or "")


@pytest.mark.requirement("WE-08")
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "https://shop.example.evil.example",
        "http://shop.example",
        "https://shop.example:444",
    ],
)
async def test_other_origins_read_without_credentials(rp: RelyingParty, browser: Browser, origin: str) -> None:
    """The answer never names the caller's origin and never allows credentials: cookies count for nothing here."""
    token = (await rp.tokens(browser))["access_token"]
    preflight = [("origin", origin), ("access-control-request-method", "GET")]
    answers: list[Answer] = [
        await get(rp.provider, "/userinfo", bearer(token), ("origin", origin)),
        await get(rp.provider, "/userinfo", *preflight, method="OPTIONS"),
        await post(rp.provider, "/token", "", ("origin", origin)),
        await get(rp.provider, "/.well-known/openid-configuration", ("origin", origin)),
    ]
    for answer in answers:
        assert answer.header("access-control-allow-origin") == "*"
        assert answer.header("access-control-allow-credentials") is None
    cookie = ("cookie", f"session={browser.http.cookies['session']}")
    assert (await get(rp.provider, "/userinfo", cookie, ("origin", origin))).status == 401
    for path in ("/", "/login", "/account/security", "/logout", "/introspect", "/session/status"):
        for method in ("GET", "OPTIONS"):
            page = await get(rp.provider, path, cookie, *preflight, method=method)
            assert page.header("access-control-allow-origin") is None, path


@pytest.mark.requirement("TK-21")
async def test_a_token_for_another_resource_is_refused(provider: Provider, browser: Browser) -> None:
    """Its audience is somebody else."""
    await provider.account()
    rp = RelyingParty(provider, await provider.client(audience=["https://api.example"]))
    tokens = await rp.tokens(browser, scope="api.read")
    refused = await get(provider, "/userinfo", bearer(tokens["access_token"]))
    assert (refused.status, json_of(refused)["error"]) == (401, "invalid_token")
