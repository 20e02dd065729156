"""Assertions of trusted issuers (RFC 7523 §2.1): who a person is, by somebody whom the client's registration trusts."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from idp.clients import store
from idp.clients.jwt_bearer import JWT_BEARER
from idp.sealing import new_id
from tests.outbound.strangers import answering, stranger
from tests.support.calls import bearer, get, json_of
from tests.support.client_keys import ClientKey
from tests.support.clock import MovableClock
from tests.support.provider import Provider, running_provider, test_settings
from tests.support.relying_party import RelyingParty, claims_of

HR = "https://hr.example"
API = "https://api.example"
REFUSED = (400, "invalid_grant")
NOTHING: Mapping[str, Any] = {}


async def robot(provider: Provider, key: ClientKey, *, trust: Mapping[str, Any] = NOTHING, **more: Any) -> RelyingParty:
    """A service that trusts the HR department's issuer; a member of `trust` that is None is left out."""
    known = {"issuer": HR, "jwks": key.jwks, "subject": "email", "scope": "openid profile api.read"}
    issuer = {**known, **trust}
    client = await provider.client(
        "robot",
        **{
            "application_type": "service",
            "grant_types": [JWT_BEARER],
            "scope": "openid profile email api.read",
            "audience": [API],
            "resource_of": [API],
            "jwt_bearer_issuers": [{name: value for name, value in issuer.items() if value is not None}],
        }
        | more,
    )
    return RelyingParty(provider, client)


def assertion(provider: Provider, key: ClientKey, **changes: Any) -> str:
    now = provider.clock.now()
    claims = {
        "iss": HR,
        "sub": "lucie@wedos.cz",
        "aud": provider.issuer,
        "exp": now + 60,
        "iat": now,
        "jti": new_id(),
    } | changes
    return key.sign({name: value for name, value in claims.items() if value is not None})


async def redeem(rp: RelyingParty, text: str, **more: Any) -> tuple[int, dict[str, Any]]:
    answer = await rp.post("/token", {"grant_type": JWT_BEARER, "assertion": text, **more})
    return answer.status_code, answer.json()


async def verdict(rp: RelyingParty, text: str, **more: Any) -> tuple[int, str]:
    status, answer = await redeem(rp, text, **more)
    return status, answer.get("error", "")


async def test_the_named_person_gets_an_access_token(any_provider: Provider) -> None:
    """No refresh token, no ID token, no session, and no level of a login that never was; UserInfo answers."""
    provider, key = any_provider, ClientKey.generate()
    account = await provider.account()
    rp = await robot(provider, key)
    status, answer = await redeem(rp, assertion(provider, key))
    assert status == 200
    assert answer.keys() == {"access_token", "token_type", "expires_in", "scope"}
    claims = claims_of(answer["access_token"])
    assert (claims["sub"], claims["client_id"], claims["scope"]) == (account.id, "robot", "openid profile api.read")
    assert claims["aud"] == [API, provider.issuer]
    assert not {"acr", "amr", "auth_time", "sid"} & claims.keys()
    described = await rp.introspect(answer["access_token"])
    assert (described["active"], described["sub"]) == (True, account.id)
    person = json_of(await get(provider, "/userinfo", bearer(answer["access_token"])))
    assert (person["sub"], person["name"]) == (account.id, "Lucie Malá")
    assert "email" not in person  # beyond what the issuer may give
    assert "assertion_accepted" in await provider.events()


async def test_a_subject_may_be_an_account_id(provider: Provider) -> None:
    """As the registration says, and not both ways at once."""
    key, account = ClientKey.generate(), await provider.account()
    rp = await robot(provider, key, trust={"subject": "account_id"})
    assert (await redeem(rp, assertion(provider, key, sub=account.id)))[0] == 200
    assert await verdict(rp, assertion(provider, key)) == REFUSED


@pytest.mark.requirement("TK-15")
async def test_everything_else_is_refused(provider: Provider) -> None:
    """Another key, issuer, audience, time, subject: one answer, which says nothing of what was wrong."""
    key, other, now = ClientKey.generate(), ClientKey.generate(), provider.clock.now()
    await provider.account()
    await provider.account("vera@wedos.cz", email_verified=False)
    rp = await robot(provider, key)
    tries = {
        "another's key": assertion(provider, other),
        "unknown kid": key.sign({"iss": HR}, kid="two"),
        "another issuer": assertion(provider, key, iss="https://other.example"),
        "no issuer": assertion(provider, key, iss=None),
        "another audience": assertion(provider, key, aud="https://other.example"),
        "ours among others": assertion(provider, key, aud=[provider.issuer, "https://other.example"]),
        "expired": assertion(provider, key, exp=now),
        "lives too long": assertion(provider, key, exp=now + 311),
        "no expiry": assertion(provider, key, exp=None),
        "not yet": assertion(provider, key, nbf=now + 60),
        "no jti": assertion(provider, key, jti=None),
        "a jti that is no text": assertion(provider, key, jti="\ud800"),
        "nobody": assertion(provider, key, sub="nobody@wedos.cz"),
        "an unproven address": assertion(provider, key, sub="vera@wedos.cz"),
        "no subject": assertion(provider, key, sub=None),
        "a subject that is no text": assertion(provider, key, sub="\x00"),
        "a number": assertion(provider, key, sub=5),
        "no JWT": "x",
        "no algorithm": "eyJhbGciOiJub25lIn0.e30.",
    }
    for name, text in tries.items():
        status, answer = await redeem(rp, text)
        expected = (400, {"error": "invalid_grant", "error_description": "The assertion is not valid."})
        assert (status, answer) == expected, name
    assert await verdict(rp, "") == (400, "invalid_request")
    assert (await redeem(rp, assertion(provider, key, aud=f"{provider.issuer}/token")))[0] == 200


@pytest.mark.requirement("TK-15")
async def test_an_assertion_counts_once(any_provider: Provider) -> None:
    """Of eight at the same moment one is accepted, none afterwards, and none through another client."""
    key = ClientKey.generate()
    await any_provider.account()
    rp = await robot(any_provider, key)
    text = assertion(any_provider, key)
    answers = await asyncio.gather(*(verdict(rp, text) for _ in range(8)))
    assert sorted(answers) == [(200, ""), *[REFUSED] * 7]
    second = await any_provider.client(
        "second",
        application_type="service",
        grant_types=[JWT_BEARER],
        jwt_bearer_issuers=[{"issuer": HR, "jwks": key.jwks, "subject": "email"}],
    )
    assert await verdict(RelyingParty(any_provider, second), text) == REFUSED


@pytest.mark.requirement("TK-15")
async def test_not_after_a_restart(database_url: str, tmp_path: Path, clock: MovableClock) -> None:
    """What was accepted is a row."""
    key, settings = ClientKey.generate(), test_settings(database_url, tmp_path / "var")
    async with running_provider(settings, clock) as first:
        await first.account()
        rp = await robot(first, key)
        text = assertion(first, key)
        assert await verdict(rp, text) == (200, "")
    async with running_provider(settings, clock) as second:
        assert await verdict(RelyingParty(second, rp.client), text) == REFUSED


@pytest.mark.requirement("TK-19", "SE-08", "PW-13", "RT-16")
@pytest.mark.parametrize("end", ["lock", "revocation", "disabled client", "expiry"])
async def test_a_lock_ends_it(any_provider: Provider, end: str) -> None:
    """The token is inactive at once, and a locked account gets no new one."""
    provider, key = any_provider, ClientKey.generate()
    await provider.account()
    rp = await robot(provider, key)
    api = RelyingParty(provider, await provider.client("api", application_type="service", resource_of=[API]))
    token = (await redeem(rp, assertion(provider, key)))[1]["access_token"]
    assert (await api.introspect(token))["active"] is True
    match end:
        case "lock":
            await provider.lock("lucie@wedos.cz")
            assert await verdict(rp, assertion(provider, key)) == REFUSED
        case "revocation":
            await rp.post("/revoke", {"token": token})
        case "disabled client":
            async with provider.wiring.database.writing() as db:
                await store.set_status(db, "robot", status="disabled", now=provider.clock.now())
            provider.wiring.clients.forget()
        case _:
            provider.clock.advance(minutes=15)
    assert await api.introspect(token) == {"active": False}
    assert (await get(provider, "/userinfo", bearer(token))).status == 401


@pytest.mark.requirement("TK-21")
async def test_scope_and_audience_are_bounded(provider: Provider) -> None:
    """By the issuer's ceiling and the client's registration; within it, as asked."""
    key = ClientKey.generate()
    await provider.account()
    rp = await robot(provider, key)
    _, answer = await redeem(rp, assertion(provider, key), scope="api.read", resource=API)
    claims = claims_of(answer["access_token"])
    assert (claims["scope"], claims["aud"]) == ("api.read", API)
    for scope in ("email", "offline_access", "api.write"):
        assert await verdict(rp, assertion(provider, key), scope=scope) == (400, "invalid_scope")
    assert await verdict(rp, assertion(provider, key), resource="https://x.example") == (400, "invalid_target")
    details = {"authorization_details": '[{"type":"x"}]'}
    assert await verdict(rp, assertion(provider, key), **details) == (400, "invalid_authorization_details")


@pytest.mark.requirement("TK-12")
async def test_only_a_client_that_is_registered_for_it(provider: Provider) -> None:
    """A client without issuers has no such grant type."""
    await provider.account()
    rp = RelyingParty(provider, await provider.client())
    assert await verdict(rp, assertion(provider, ClientKey.generate())) == (400, "unauthorized_client")


async def test_keys_at_an_address_are_read_when_they_are_needed(provider: Provider) -> None:
    """And not for a stranger's assertion, nor for one that is not meant for us."""
    key = ClientKey.generate()
    await provider.account()
    async with stranger(answering(json.dumps(key.jwks).encode())) as server:
        rp = await robot(provider, key, trust={"jwks": None, "jwks_uri": server.url("/jwks")})
        assert await verdict(rp, assertion(provider, key, aud="https://other.example")) == REFUSED
        assert await verdict(rp, assertion(provider, key, iss="https://other.example")) == REFUSED
        assert server.requests == []
        assert (await redeem(rp, assertion(provider, key)))[0] == 200
