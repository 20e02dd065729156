"""Bound access tokens at resources: in the hands that they are bound to, under their own scheme, and nowhere else."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.support.asgi import Answer
from tests.support.browser import Browser
from tests.support.calls import bearer, get, json_of, post, secret_of
from tests.support.clock import MovableClock
from tests.support.dpop import Sender
from tests.support.provider import Provider, running_provider, test_settings
from tests.support.relying_party import BROWSER_AGENT, RelyingParty

USERINFO = "/userinfo"


async def bound_token(provider: Provider, browser: Browser, sender: Sender, **proof: Any) -> str:
    """An access token of lucie@wedos.cz, bound to the sender's key."""
    await provider.account()
    rp = RelyingParty(provider, await provider.client())
    code = (await rp.sign_in(browser)).query["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": rp.client.redirect_uri}
    form |= {"code_verifier": rp.verifier, "user_agent": BROWSER_AGENT}
    answer = await post(provider, "/token", form, secret_of(rp.client), ("dpop", sender.proof(**proof)))
    return str(json_of(answer)["access_token"])


def verdict(answer: Answer) -> str:
    """The error with the scheme that is asked for, or `good`."""
    if answer.status == 200:
        return "good"
    assert answer.header("cache-control") == "no-store"
    return f"{answer.status} {(answer.header('www-authenticate') or '').split()[0]} {json_of(answer)['error']}"


@pytest.mark.requirement("JW-21", "JW-22", "OC-51", "OT-30", "OT-31")
async def test_userinfo_wants_the_key(provider: Provider, browser: Browser) -> None:
    """Method, address, token, key and time; a bound token is no bearer token, in the header or in the body."""
    sender, thief = Sender(provider), Sender(provider)
    token = await bound_token(provider, browser, sender)
    authorization, proof = sender.headers(token)
    head = sender.headers(token, method="HEAD")
    assert (await get(provider, USERINFO, *head, method="HEAD")).status == 200
    tries = {
        "good": [authorization, proof],
        "lower case": [("authorization", f"dpop {token}"), sender.headers(token)[1]],
        "upper case": [("authorization", f"DPOP {token}"), sender.headers(token)[1]],
        "the same proof again": [authorization, proof],
        "no proof": [authorization],
        "two proofs": [authorization, sender.headers(token)[1], sender.headers(token)[1]],
        "proof of another key": [authorization, thief.headers(token)[1]],
        "proof without ath": [authorization, ("dpop", sender.proof(USERINFO, "GET"))],
        "proof for another token": [authorization, sender.headers(token + "x")[1]],
        "proof for POST": [authorization, sender.headers(token, method="POST")[1]],
        "proof for /token": [authorization, sender.headers(token, "/token")[1]],
        "old proof": [authorization, sender.headers(token, iat=provider.clock.now() - 61)[1]],
        "garbage": [authorization, ("dpop", "ÿ.ÿ.ÿ")],
        "as a bearer token": [bearer(token), sender.headers(token)[1]],
        "as a bearer token alone": [bearer(token)],
        "token that is none": sender.headers("x.y.z"),
    }
    answers = {name: verdict(await get(provider, USERINFO, *headers)) for name, headers in tries.items()}
    others = {
        **dict.fromkeys(("good", "lower case", "upper case"), "good"),
        "proof of another key": "401 DPoP invalid_token",
        "as a bearer token": "401 Bearer invalid_token",
        "as a bearer token alone": "401 Bearer invalid_token",
        "token that is none": "401 DPoP invalid_token",
    }
    assert answers == {name: others.get(name, "401 DPoP invalid_dpop_proof") for name in tries}
    in_body = await post(provider, USERINFO, {"access_token": token}, sender.headers(token, method="POST")[1])
    assert verdict(in_body) == "401 Bearer invalid_token"
    by_post = await post(provider, USERINFO, "", *sender.headers(token, method="POST"))
    assert verdict(by_post) == "good"


@pytest.mark.requirement("JW-22")
async def test_a_bearer_token_is_not_sent_as_dpop(rp: RelyingParty, browser: Browser) -> None:
    """RFC 9449 §7.1: a token without `cnf.jkt` has no place under this scheme; as a bearer token a proof is ignored."""
    token, sender = (await rp.tokens(browser))["access_token"], Sender(rp.provider)
    authorization, proof = sender.headers(token)
    assert verdict(await get(rp.provider, USERINFO, authorization, proof)) == "401 DPoP invalid_token"
    assert verdict(await get(rp.provider, USERINFO, bearer(token), ("dpop", "garbage"))) == "good"


@pytest.mark.requirement("JW-21")
async def test_the_challenge_names_the_algorithms(provider: Provider, browser: Browser) -> None:
    """RFC 9449 §7.1: `algs`, beside the error in the words of RFC 6750; without a token both schemes are offered."""
    sender = Sender(provider)
    token = await bound_token(provider, browser, sender)
    refused = await get(provider, USERINFO, ("authorization", f"DPoP {token}"))
    challenge = refused.header("www-authenticate") or ""
    assert challenge.startswith('DPoP error="invalid_dpop_proof", error_description="')
    assert challenge.endswith('algs="RS256 PS256 ES256 EdDSA Ed25519"')
    nothing = (await get(provider, USERINFO)).header("www-authenticate") or ""
    assert nothing == 'Bearer realm="userinfo", DPoP algs="RS256 PS256 ES256 EdDSA Ed25519"'


@pytest.mark.requirement("JW-22", "OT-31")
async def test_one_proof_one_answer(any_provider: Provider, any_browser: Browser) -> None:
    """Of twenty requests with the same proof at the same moment one is answered."""
    sender = Sender(any_provider)
    token = await bound_token(any_provider, any_browser, sender)
    headers = sender.headers(token)
    answers = await asyncio.gather(*(get(any_provider, USERINFO, *headers) for _ in range(20)))
    assert sorted(map(verdict, answers)) == ["401 DPoP invalid_dpop_proof"] * 19 + ["good"]


async def test_the_admin_api_takes_bound_tokens(provider: Provider) -> None:
    """Every endpoint that takes access tokens asks the same of them."""
    account, sender = await provider.account(), Sender(provider)
    robot = await provider.client("robot", application_type="service", scope="idp.services.write")
    grant = {"grant_type": "client_credentials"}
    answer = await post(provider, "/token", grant, secret_of(robot), ("dpop", sender.proof()))
    token, path = json_of(answer)["access_token"], f"/admin/accounts/{account.id}/services"
    assert verdict(await get(provider, path, *sender.headers(token, path))) == "good"
    assert verdict(await get(provider, path, *sender.headers(token, path, "PUT"))) == "401 DPoP invalid_dpop_proof"
    assert verdict(await get(provider, path, bearer(token))) == "401 Bearer invalid_token"


@pytest.mark.requirement("JW-21")
async def test_nonces_at_a_resource(sqlite_url: str, tmp_path: Path, clock: MovableClock) -> None:
    """RFC 9449 §9: 401 use_dpop_nonce with the nonce in its header, which then works."""
    settings = test_settings(sqlite_url, tmp_path / "var", dpop_nonce="required")
    async with running_provider(settings, clock) as provider, Browser(provider.app) as browser:
        sender = Sender(provider)
        first = await post(provider, "/token", {"grant_type": "client_credentials"}, *await _robot(provider, sender))
        nonce = first.header("dpop-nonce")
        token = await bound_token(provider, browser, sender, nonce=nonce)
        refused = await get(provider, USERINFO, *sender.headers(token))
        assert verdict(refused) == "401 DPoP use_dpop_nonce"
        assert refused.header("dpop-nonce") == nonce
        answer = await get(provider, USERINFO, *sender.headers(token, nonce=nonce))
        assert (verdict(answer), answer.header("dpop-nonce")) == ("good", nonce)


async def _robot(provider: Provider, sender: Sender) -> tuple[tuple[str, str], tuple[str, str]]:
    robot = await provider.client("robot", application_type="service", scope="api.read")
    return secret_of(robot), ("dpop", sender.proof())


async def test_a_script_of_another_origin_may_read_the_nonce(provider: Provider) -> None:
    """CORS: an application in the browser sends proofs, and reads the header that comes back."""
    answer = await get(provider, USERINFO)
    assert "DPoP-Nonce" in (answer.header("access-control-expose-headers") or "")
    preflight = await get(provider, USERINFO, ("origin", "https://spa.example"), method="OPTIONS")
    assert "DPoP" in (preflight.header("access-control-allow-headers") or "")
