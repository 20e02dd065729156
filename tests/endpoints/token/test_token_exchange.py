"""Token exchange (RFC 8693): a person's token for another audience, which never says more than the first one."""

import asyncio
from typing import Any

import pytest

from idp.clients import store
from idp.clients.token_exchange import TOKEN_EXCHANGE
from idp.keys.sign import sign_jwt
from idp.protocol.token_exchange import ACCESS_TOKEN, ID_TOKEN, JWT
from tests.support.browser import Browser
from tests.support.calls import bearer, get, json_of, post, secret_of
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, claims_of

API, BACKEND, LEDGER = "https://api.example", "https://backend.example", "https://ledger.example"
INTROSPECTION_JWT = "application/token-introspection+jwt"
REFUSED = (400, "invalid_request")


class Exchanging:
    """A shop, the API that it calls, and the backend that the API wants to call for the same person."""

    def __init__(self, rp: RelyingParty, api: RelyingParty, backend: RelyingParty) -> None:
        self.rp, self.api, self.backend = rp, api, backend

    @property
    def provider(self) -> Provider:
        return self.rp.provider

    async def exchange(
        self, subject: str, by: RelyingParty | None = None, /, **changes: Any
    ) -> tuple[int, dict[str, Any]]:
        """Status and members of the answer; a change to None leaves the parameter out."""
        form = {
            "grant_type": TOKEN_EXCHANGE,
            "subject_token": subject,
            "subject_token_type": ACCESS_TOKEN,
            "audience": BACKEND,
        } | changes
        given = {name: value for name, value in form.items() if value is not None}
        answer = await (by or self.api).post("/token", given)
        return answer.status_code, answer.json()

    async def verdict(self, subject: str, by: RelyingParty | None = None, /, **changes: Any) -> tuple[int, str]:
        status, members = await self.exchange(subject, by, **changes)
        return status, members.get("error", "")

    async def own_token(self, by: RelyingParty) -> str:
        answer = await post(self.provider, "/token", {"grant_type": "client_credentials"}, secret_of(by.client))
        return str(json_of(answer)["access_token"])


async def set_up(provider: Provider, **metadata: Any) -> Exchanging:
    await provider.account()
    defaults: dict[str, Any] = {
        "application_type": "service",
        "grant_types": [TOKEN_EXCHANGE, "client_credentials"],
        "scope": "openid profile api.read",
        "resource_of": [API],
        "token_exchange_audience": [BACKEND],
        "token_exchange_impersonation": True,
    }
    shop = await provider.client(audience=[API], scope="openid profile offline_access api.read api.write")
    api = await provider.client("api", **(defaults | metadata))
    backend = await provider.client("backend", application_type="service", resource_of=[BACKEND])
    return Exchanging(*(RelyingParty(provider, client) for client in (shop, api, backend)))


SCOPE = "openid profile api.read api.write"


@pytest.mark.requirement("TK-25", "RT-11")
async def test_the_new_token_says_the_same_for_another(provider: Provider, browser: Browser) -> None:
    """RFC 8693 §2.2.1: person, login and grant stay; audience, client and scope are the exchanging client's."""
    parties = await set_up(provider)
    first = (await parties.rp.tokens(browser, scope=SCOPE))["access_token"]
    provider.clock.advance(minutes=5)
    for asked, told in ((None, ACCESS_TOKEN), (ACCESS_TOKEN, ACCESS_TOKEN), (JWT, JWT)):
        status, answer = await parties.exchange(first, requested_token_type=asked)
        assert status == 200
        assert answer.keys() == {"access_token", "issued_token_type", "token_type", "expires_in", "scope"}
        assert (answer["issued_token_type"], answer["token_type"]) == (told, "Bearer")
    before, after = claims_of(first), claims_of(answer["access_token"])
    for name in ("iss", "sub", "auth_time", "acr", "amr", "sid", "grant_id"):
        assert after[name] == before[name], name
    assert (after["aud"], after["client_id"], after["scope"]) == (BACKEND, "api", "profile api.read")
    # It lives no longer than the first one.
    assert (after["exp"], answer["expires_in"]) == (before["exp"], 600)
    described = await parties.backend.introspect(answer["access_token"])
    assert (described["active"], described["sub"], described["acr"]) == (True, before["sub"], before["acr"])
    assert "token_exchanged" in await provider.events()


@pytest.mark.requirement("TK-25")
async def test_scope_audience_and_type_only_narrow(provider: Provider, browser: Browser) -> None:
    """Less is given; more, an audience of others, our own, and another type are refused in the right words."""
    parties = await set_up(provider, token_exchange_audience=[BACKEND, LEDGER, provider.issuer])
    token = (await parties.rp.tokens(browser, scope=SCOPE))["access_token"]
    _, answer = await parties.exchange(token, scope="api.read")
    assert claims_of(answer["access_token"])["scope"] == "api.read"
    for scope in ("api.write", "openid", "offline_access", "email", "admin", "api.read api.write"):
        assert await parties.verdict(token, scope=scope) == (400, "invalid_scope")
    for audience in ("https://other.example", API, "shop", provider.issuer, None, [BACKEND, "https://other.example"]):
        assert await parties.verdict(token, audience=audience) == (400, "invalid_target"), audience
    assert await parties.verdict(token, resource="backend", audience=None) == (400, "invalid_target")
    assert await parties.verdict(token, resource=f"{BACKEND}#x") == (400, "invalid_target")
    _, both = await parties.exchange(token, audience=[BACKEND, LEDGER])
    assert claims_of(both["access_token"])["aud"] == [BACKEND, LEDGER]
    _, one = await parties.exchange(token, resource=LEDGER, audience=None)
    assert claims_of(one["access_token"])["aud"] == LEDGER
    for kind in (ID_TOKEN, "urn:ietf:params:oauth:token-type:refresh_token", "saml2", "x"):
        assert await parties.verdict(token, requested_token_type=kind) == REFUSED
    assert await parties.verdict(token, authorization_details="[]") == (400, "invalid_authorization_details")


@pytest.mark.requirement("TK-25", "TK-09")
async def test_only_a_good_token_of_a_person_counts(provider: Provider, browser: Browser) -> None:
    """Missing, of another kind, damaged, refresh token, code, a client's own, expired: all the same refusal."""
    parties = await set_up(provider)
    tokens = await parties.rp.tokens(browser, scope=SCOPE)
    token = tokens["access_token"]
    assert await parties.verdict(token, subject_token=None) == REFUSED
    assert await parties.verdict(token, subject_token_type=None) == REFUSED
    refresh_type = "urn:ietf:params:oauth:token-type:refresh_token"
    assert await parties.verdict(tokens["refresh_token"], subject_token_type=refresh_type) == REFUSED
    header, payload, signature = token.split(".")
    stripped = (f"{header}.{payload}.", f"eyJhbGciOiJub25lIn0.{payload}.", f"{header}.{payload}.{signature[::-1]}")
    own = await parties.own_token(parties.api)
    code = (await browser.open(parties.rp.authorization_url(scope=SCOPE))).query["code"]
    signed_by_us = (await parties.api.post("/introspect", {"token": token}, accept=INTROSPECTION_JWT)).text
    for subject in (*stripped, "x", tokens["refresh_token"], own, tokens["id_token"], code, signed_by_us):
        assert await parties.verdict(subject) == REFUSED
        assert await parties.verdict(subject, subject_token_type=JWT) == REFUSED
    for kind in (ACCESS_TOKEN, JWT):
        assert (await parties.exchange(token, subject_token_type=kind))[0] == 200
    provider.clock.advance(minutes=15)
    assert await parties.verdict(token) == REFUSED


@pytest.mark.requirement("TK-25")
async def test_only_whom_the_token_concerns_may_exchange_it(provider: Provider, browser: Browser) -> None:
    """A client that the token neither names nor is meant for is refused, and so is one without the grant type."""
    parties = await set_up(provider)
    token = (await parties.rp.tokens(browser, scope=SCOPE))["access_token"]
    stranger = await provider.client(
        "stranger",
        application_type="service",
        grant_types=[TOKEN_EXCHANGE],
        token_exchange_audience=[BACKEND],
        token_exchange_impersonation=True,
    )
    assert await parties.verdict(token, RelyingParty(provider, stranger)) == REFUSED
    assert await parties.verdict(token, parties.rp) == (400, "unauthorized_client")
    assert await parties.verdict(token, parties.backend) == (400, "unauthorized_client")


@pytest.mark.requirement("TK-25", "SE-08", "RT-16")
@pytest.mark.parametrize("end", ["logout", "revocation", "lock", "own revocation"])
async def test_the_end_of_the_grant_reaches_it(provider: Provider, browser: Browser, end: str) -> None:
    """The exchanged token is inactive at once, and nothing more is exchanged. Taken back alone, it ends alone."""
    parties = await set_up(provider)
    tokens = await parties.rp.tokens(browser, scope=SCOPE)
    _, answer = await parties.exchange(tokens["access_token"])
    new = answer["access_token"]
    assert (await parties.backend.introspect(new))["active"] is True
    match end:
        case "logout":
            await browser.open(f"/logout?id_token_hint={tokens['id_token']}")
        case "revocation":
            await parties.rp.post("/revoke", {"token": tokens["access_token"]})
        case "lock":
            await provider.lock("lucie@wedos.cz")
        case _:
            await parties.backend.post("/revoke", {"token": new})  # not its own: nothing happens
            assert (await parties.backend.introspect(new))["active"] is True
            await parties.api.post("/revoke", {"token": new})
    assert await parties.backend.introspect(new) == {"active": False}
    lives = end == "own revocation"
    assert (await parties.rp.introspect(tokens["access_token"]))["active"] is lives
    assert ((await parties.exchange(tokens["access_token"]))[0] == 200) is lives


@pytest.mark.requirement("TK-19", "TK-20", "PW-13")
async def test_nothing_is_exchanged_for_the_disabled(provider: Provider, browser: Browser) -> None:
    """A locked account, the application disabled, the exchanging client disabled: no token, and the old one is dead."""
    parties = await set_up(provider)
    token = (await parties.rp.tokens(browser, scope=SCOPE))["access_token"]
    _, answer = await parties.exchange(token)
    await _disable(provider, "shop")
    assert await parties.verdict(token) == REFUSED
    assert await parties.backend.introspect(answer["access_token"]) == {"active": False}
    await _disable(provider, "shop", "active")
    assert (await parties.backend.introspect(answer["access_token"]))["active"] is True
    await _disable(provider, "api")
    assert await parties.verdict(token) == (401, "invalid_client")
    assert await parties.backend.introspect(answer["access_token"]) == {"active": False}
    await _disable(provider, "api", "active")
    await provider.lock("lucie@wedos.cz")
    assert await parties.verdict(token) == REFUSED


async def _disable(provider: Provider, client_id: str, status: str = "disabled") -> None:
    async with provider.wiring.database.writing() as db:
        await store.set_status(db, client_id, status=status, now=provider.clock.now())
    provider.wiring.clients.forget()


async def test_an_actor_is_named_and_the_chain_kept(provider: Provider, browser: Browser) -> None:
    """RFC 8693 §4.1: `act` holds who acts now and, within it, who acted before; introspection shows it."""
    parties = await set_up(provider, token_exchange_impersonation=False)
    backend = await provider.client(
        "middle",
        application_type="service",
        grant_types=[TOKEN_EXCHANGE, "client_credentials"],
        scope="api.read",
        resource_of=[BACKEND],
        token_exchange_audience=[LEDGER],
    )
    middle = RelyingParty(provider, backend)
    token = (await parties.rp.tokens(browser, scope=SCOPE))["access_token"]
    assert await parties.verdict(token) == REFUSED  # it has to say who acts
    first_actor = {"actor_token": await parties.own_token(parties.api), "actor_token_type": ACCESS_TOKEN}
    status, answer = await parties.exchange(token, **first_actor)
    assert status == 200
    assert claims_of(answer["access_token"])["act"] == {"sub": "api"}
    second_actor = {"actor_token": await parties.own_token(middle), "actor_token_type": JWT}
    status, again = await parties.exchange(answer["access_token"], middle, audience=LEDGER, **second_actor)
    assert status == 200
    assert claims_of(again["access_token"])["act"] == {"sub": "middle", "act": {"sub": "api"}}
    assert (await middle.introspect(again["access_token"]))["act"]["sub"] == "middle"
    # Another's token proves nothing of this client, nor does half a pair, nor a revoked one.
    wrong: tuple[dict[str, str], ...] = (
        second_actor,
        {"actor_token": "x", "actor_token_type": ACCESS_TOKEN},
        {"actor_token": first_actor["actor_token"]},
        {"actor_token_type": ACCESS_TOKEN},
    )
    for actor in wrong:
        assert await parties.verdict(token, **actor) == REFUSED
    await parties.api.post("/revoke", {"token": first_actor["actor_token"]})
    assert await parties.verdict(token, **first_actor) == REFUSED


async def test_impersonation_keeps_who_acted_before(provider: Provider, browser: Browser) -> None:
    """Without an actor token the new one names nobody new, and forgets nobody."""
    parties = await set_up(provider)
    token = (await parties.rp.tokens(browser, scope=SCOPE))["access_token"]
    assert "act" not in claims_of((await parties.exchange(token))[1]["access_token"])
    passed_on = signed(provider, claims_of(token) | {"act": {"sub": "robot"}})
    assert claims_of((await parties.exchange(passed_on))[1]["access_token"])["act"] == {"sub": "robot"}


async def test_may_act_names_the_only_actor(provider: Provider, browser: Browser) -> None:
    """RFC 8693 §4.4: the named one may, another may not, and nobody may without saying who acts."""
    parties = await set_up(provider)
    token = claims_of((await parties.rp.tokens(browser, scope=SCOPE))["access_token"])
    actor = {"actor_token": await parties.own_token(parties.api), "actor_token_type": ACCESS_TOKEN}
    named = signed(provider, token | {"may_act": {"sub": "api"}})
    assert (await parties.exchange(named, **actor))[0] == 200
    assert await parties.verdict(named) == REFUSED
    for may_act in ({"sub": "other"}, {}, "api", ["api"]):
        assert await parties.verdict(signed(provider, token | {"may_act": may_act}), **actor) == REFUSED


async def test_a_token_is_not_passed_on_for_ever(provider: Provider, browser: Browser) -> None:
    """Four actors fit into one token."""
    parties = await set_up(provider)
    token = claims_of((await parties.rp.tokens(browser, scope=SCOPE))["access_token"])
    actor = {"actor_token": await parties.own_token(parties.api), "actor_token_type": ACCESS_TOKEN}
    act: dict[str, Any] = {"sub": "a"}
    for _ in range(3):
        assert (await parties.exchange(signed(provider, token | {"act": act}), **actor))[0] == 200
        act = {"sub": "b", "act": act}
    assert await parties.verdict(signed(provider, token | {"act": act}), **actor) == REFUSED


async def test_a_bound_token_does_not_become_a_bearer_token(provider: Provider, browser: Browser) -> None:
    """RFC 9449 §5, RFC 8705 §3: neither as subject nor as actor."""
    parties = await set_up(provider)
    token = (await parties.rp.tokens(browser, scope=SCOPE))["access_token"]
    own = await parties.own_token(parties.api)
    for confirmation in ({"jkt": "x" * 43}, {"x5t#S256": "x" * 43}):
        bound = signed(provider, claims_of(token) | {"cnf": confirmation})
        assert await parties.verdict(bound) == REFUSED
        actor = signed(provider, claims_of(own) | {"cnf": confirmation})
        assert await parties.verdict(token, actor_token=actor, actor_token_type=ACCESS_TOKEN) == REFUSED


@pytest.mark.requirement("TK-25", "RT-11", "MF-10")
async def test_an_id_token_stands_for_its_own_login(provider: Provider, browser: Browser) -> None:
    """The client's own only; the level is that of the ID token, never of a step-up that came after it."""
    parties = await set_up(provider)
    await provider.account("otto@wedos.cz", otp=True)
    grant_types = ["authorization_code", "refresh_token", TOKEN_EXCHANGE]
    own = await provider.client(
        "own",
        grant_types=grant_types,
        scope=SCOPE,
        token_exchange_audience=[BACKEND],
        token_exchange_impersonation=True,
    )
    rp = RelyingParty(provider, own)
    tokens = await rp.tokens(browser, scope=SCOPE)
    status, answer = await parties.exchange(tokens["id_token"], rp, subject_token_type=ID_TOKEN)
    assert status == 200
    claims = claims_of(answer["access_token"])
    assert (claims["acr"], claims["scope"]) == ("urn:idp:acr:pwd", "profile api.read api.write")
    assert claims["grant_id"] == claims_of(tokens["access_token"])["grant_id"]
    assert await parties.verdict(tokens["id_token"], subject_token_type=ID_TOKEN) == REFUSED  # another client's
    raised = signed(provider, claims_of(tokens["id_token"]) | {"acr": "urn:idp:acr:otp"}, typ="JWT")
    assert await parties.verdict(raised, rp, subject_token_type=ID_TOKEN) == REFUSED
    await browser.open(f"/logout?id_token_hint={tokens['id_token']}")
    assert await parties.verdict(tokens["id_token"], rp, subject_token_type=ID_TOKEN) == REFUSED


@pytest.mark.requirement("RT-06", "RM-02")
async def test_revocation_wins_every_race(any_provider: Provider) -> None:
    """Eight exchanges beside one revocation, on both databases: whatever they gave is dead when it is over."""
    parties = await set_up(any_provider)
    async with Browser(any_provider.app) as browser:
        token = (await parties.rp.tokens(browser, scope=SCOPE))["access_token"]
    before = await parties.exchange(token)
    answers = await asyncio.gather(
        *(parties.exchange(token) for _ in range(4)),
        parties.rp.post("/revoke", {"token": token}),
        *(parties.exchange(token) for _ in range(4)),
    )
    exchanged = [before, *(answer for answer in answers if isinstance(answer, tuple))]
    assert len(exchanged) == 9
    for status, answer in exchanged:
        assert (status, answer.get("error")) in {(200, None), (*REFUSED,)}
        if status == 200:
            assert await parties.backend.introspect(answer["access_token"]) == {"active": False}
    assert before[0] == 200
    assert await parties.verdict(token) == REFUSED


async def test_our_own_endpoints_do_not_take_it(provider: Provider, browser: Browser) -> None:
    """It is for its audience: UserInfo refuses it."""
    parties = await set_up(provider)
    token = (await parties.rp.tokens(browser, scope=SCOPE))["access_token"]
    _, answer = await parties.exchange(token)
    assert (await get(provider, "/userinfo", bearer(answer["access_token"]))).status == 401


def signed(provider: Provider, claims: dict[str, Any], typ: str = "at+jwt") -> str:
    """A token as we would have made it, with other claims."""
    return sign_jwt(provider.wiring.keys, "ES256", claims, typ)
