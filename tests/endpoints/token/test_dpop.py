"""DPoP at the token endpoint: whose key a code, a refresh token and an access token are bound to (RFC 9449)."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from idp.clients.device_authorization import DEVICE_CODE
from idp.protocol.errors import OAuthError
from idp.web.dpop import requested_thumbprint
from idp.web.plain import Message, PlainRequest
from tests.support.asgi import Answer, http_scope
from tests.support.browser import Browser
from tests.support.calls import answer_to, json_of, post, secret_of
from tests.support.clock import MovableClock
from tests.support.decoupled import TELEVISION, a_device, type_code
from tests.support.dpop import Sender
from tests.support.provider import Provider, running_provider, test_settings
from tests.support.queries import counting
from tests.support.relying_party import BROWSER_AGENT, RelyingParty, claims_of

GRANT = {"grant_type": "client_credentials"}
AGENT = ("user-agent", BROWSER_AGENT)


async def robot(provider: Provider, **metadata: Any) -> tuple[str, str]:
    """The credentials of a service."""
    return secret_of(await provider.client("robot", application_type="service", scope="api.read", **metadata))


def verdict(answer: Answer) -> str:
    members = json_of(answer)
    return str(members.get("token_type") or f"{answer.status} {members['error']}")


async def public(provider: Provider, **metadata: Any) -> RelyingParty:
    """An application in the browser, which has nothing but its key."""
    await provider.account()
    return RelyingParty(provider, await provider.client("spa", application_type="spa", **metadata))


async def code_of(rp: RelyingParty, browser: Browser, **request: Any) -> str:
    return (await rp.sign_in(browser, **request)).query["code"]


async def redeem(rp: RelyingParty, code: str, *headers: tuple[str, str]) -> Answer:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": rp.client.redirect_uri,
        "code_verifier": rp.verifier,
    }
    return await _ask(rp, form, *headers)


async def refresh(rp: RelyingParty, token: str, *headers: tuple[str, str]) -> Answer:
    return await _ask(rp, {"grant_type": "refresh_token", "refresh_token": token}, *headers)


async def _ask(rp: RelyingParty, form: dict[str, str], *headers: tuple[str, str]) -> Answer:
    if rp.client.secret:
        return await post(rp.provider, "/token", form | {"user_agent": BROWSER_AGENT}, secret_of(rp.client), *headers)
    return await post(rp.provider, "/token", form | {"client_id": rp.client.id}, AGENT, *headers)


@pytest.mark.requirement("JW-21")
async def test_a_proof_binds_the_access_token(provider: Provider) -> None:
    """`token_type`, `cnf.jkt`, and what introspection says of it; without a proof nothing changes."""
    secret, sender = await robot(provider), Sender(provider)
    answer = await post(provider, "/token", GRANT, secret, ("dpop", sender.proof()))
    assert verdict(answer) == "DPoP"
    token = json_of(answer)["access_token"]
    assert claims_of(token)["cnf"] == {"jkt": sender.thumbprint}
    described = json_of(await post(provider, "/introspect", {"token": token}, secret))
    assert (described["token_type"], described["cnf"]) == ("DPoP", {"jkt": sender.thumbprint})
    plain = await post(provider, "/token", GRANT, secret)
    assert verdict(plain) == "Bearer"
    assert "cnf" not in claims_of(json_of(plain)["access_token"])


@pytest.mark.requirement("JW-21")
async def test_a_proof_that_is_not_good_is_no_proof_at_all(provider: Provider) -> None:
    """400 invalid_dpop_proof, never a bearer token instead; the same words whatever was wrong."""
    secret, sender, now = await robot(provider), Sender(provider), provider.clock.now()
    good = sender.proof()
    tries: dict[str, list[str]] = {
        "two headers": [good, sender.proof()],
        "for another endpoint": [sender.proof("/userinfo")],
        "for another method": [sender.proof(method="GET")],
        "old": [sender.proof(iat=now - 61)],
        "from the future": [sender.proof(iat=now + 11)],
        "no jti": [sender.proof(jti=None)],
        "another type": [sender.proof(header={"typ": "JWT"})],
        "empty": [""],
        "garbage": ["ÿ" * 40],
    }
    for name, proofs in tries.items():
        answer = await post(provider, "/token", GRANT, secret, *(("dpop", proof) for proof in proofs))
        assert verdict(answer) == "400 invalid_dpop_proof", name
        assert json_of(answer)["error_description"] == "The DPoP proof is not valid."
    # Nobody learns from a proof whether a secret is right.
    wrong = await post(provider, "/token", GRANT, ("authorization", "Basic eDp4"), ("dpop", "x"))
    assert verdict(wrong) == "401 invalid_client"
    assert verdict(await post(provider, "/token", GRANT, secret, ("dpop", good))) == "DPoP"


@pytest.mark.requirement("JW-22")
async def test_a_proof_counts_once(any_provider: Provider) -> None:
    """Of twenty at the same moment one is accepted, and none afterwards; another sender may use the same `jti`."""
    secret, sender = await robot(any_provider), Sender(any_provider)
    proof = sender.proof(jti="same")
    answers = await asyncio.gather(*(post(any_provider, "/token", GRANT, secret, ("dpop", proof)) for _ in range(20)))
    assert sorted(map(verdict, answers)) == ["400 invalid_dpop_proof"] * 19 + ["DPoP"]
    assert verdict(await post(any_provider, "/token", GRANT, secret, ("dpop", proof))) == "400 invalid_dpop_proof"
    other = Sender(any_provider).proof(jti="same")
    assert verdict(await post(any_provider, "/token", GRANT, secret, ("dpop", other))) == "DPoP"


@pytest.mark.requirement("JW-22")
async def test_not_on_another_node_nor_after_a_restart(database_url: str, tmp_path: Path, clock: MovableClock) -> None:
    """What was accepted is a row, and stays one for as long as the proof's time would let it pass."""
    settings = test_settings(database_url, tmp_path / "var")
    async with running_provider(settings, clock) as first:
        secret, sender = await robot(first), Sender(first)
        proof = sender.proof(iat=clock.now() + 10)
        assert verdict(await post(first, "/token", GRANT, secret, ("dpop", proof))) == "DPoP"
    clock.advance(seconds=70)
    async with running_provider(settings, clock) as second:
        assert verdict(await post(second, "/token", GRANT, secret, ("dpop", proof))) == "400 invalid_dpop_proof"


async def test_a_client_that_has_to_prove(provider: Provider) -> None:
    """`dpop_bound_access_tokens`: no token without a proof, for any grant (RFC 9449 §5.2)."""
    secret, sender = await robot(provider, dpop_bound_access_tokens=True), Sender(provider)
    assert verdict(await post(provider, "/token", GRANT, secret)) == "400 invalid_dpop_proof"
    assert verdict(await post(provider, "/token", GRANT, secret, ("dpop", sender.proof()))) == "DPoP"


@pytest.mark.requirement("JW-22")
async def test_the_request_names_the_key_that_redeems(provider: Provider, browser: Browser) -> None:
    """`dpop_jkt`: a code in other hands is worth nothing, and its owner still has it (RFC 9449 §10)."""
    rp, sender, thief = await public(provider), Sender(provider), Sender(provider)
    code = await code_of(rp, browser, dpop_jkt=sender.thumbprint)
    assert verdict(await redeem(rp, code)) == "400 invalid_grant"
    assert verdict(await redeem(rp, code, ("dpop", thief.proof()))) == "400 invalid_grant"
    assert verdict(await redeem(rp, code, ("dpop", sender.proof()))) == "DPoP"


@pytest.mark.parametrize("dpop_jkt", ["x", "x" * 42, "x" * 44, "é" * 43, "=" * 43])
async def test_what_cannot_be_a_thumbprint_is_refused(rp: RelyingParty, dpop_jkt: str) -> None:
    """The mistake is told at once, not when the code is redeemed."""
    assert await answer_to(rp, dpop_jkt=dpop_jkt) == "invalid_request"


@pytest.mark.requirement("JW-22")
async def test_refresh_tokens_of_a_public_client_are_bound(any_provider: Provider, any_browser: Browser) -> None:
    """RFC 9449 §5: without the key, or with another, no refresh; and a stolen one ends nothing for its owner."""
    rp, sender, thief = await public(any_provider), Sender(any_provider), Sender(any_provider)
    first = json_of(await redeem(rp, await code_of(rp, any_browser), ("dpop", sender.proof())))
    second = json_of(await refresh(rp, first["refresh_token"], ("dpop", sender.proof())))
    assert second["token_type"] == "DPoP"
    assert claims_of(second["access_token"])["cnf"] == {"jkt": sender.thumbprint}
    any_provider.clock.advance(minutes=1)
    for token in (first["refresh_token"], second["refresh_token"]):
        assert verdict(await refresh(rp, token)) == "400 invalid_grant"
        assert verdict(await refresh(rp, token, ("dpop", thief.proof()))) == "400 invalid_grant"
    third = await refresh(rp, second["refresh_token"], ("dpop", sender.proof()))
    assert verdict(third) == "DPoP"
    # The retry of a refresh takes the key as well.
    assert verdict(await refresh(rp, second["refresh_token"])) == "400 invalid_grant"
    again = json_of(await refresh(rp, second["refresh_token"], ("dpop", sender.proof())))
    assert again["refresh_token"] == json_of(third)["refresh_token"]
    assert "refresh_reused" not in await any_provider.events()


async def test_without_a_proof_a_public_client_is_bound_to_nothing(provider: Provider, browser: Browser) -> None:
    """A grant that began without a key goes on without one; a later proof binds its own access token only."""
    rp, sender = await public(provider), Sender(provider)
    first = json_of(await redeem(rp, await code_of(rp, browser)))
    second = json_of(await refresh(rp, first["refresh_token"], ("dpop", sender.proof())))
    assert (first["token_type"], second["token_type"]) == ("Bearer", "DPoP")
    assert verdict(await refresh(rp, second["refresh_token"])) == "Bearer"


async def test_a_client_with_a_secret_may_change_its_key(provider: Provider, browser: Browser) -> None:
    """RFC 9449 §5: its refresh tokens are its own by its secret; each access token has the key that asked for it."""
    await provider.account()
    rp, one, two = RelyingParty(provider, await provider.client()), Sender(provider), Sender(provider)
    first = json_of(await redeem(rp, await code_of(rp, browser, dpop_jkt=one.thumbprint), ("dpop", one.proof())))
    second = json_of(await refresh(rp, first["refresh_token"], ("dpop", two.proof())))
    assert claims_of(first["access_token"])["cnf"] == {"jkt": one.thumbprint}
    assert claims_of(second["access_token"])["cnf"] == {"jkt": two.thumbprint}
    assert verdict(await refresh(rp, second["refresh_token"])) == "Bearer"


@pytest.mark.requirement("TK-05")
async def test_a_replayed_code_ends_the_grant_whatever_the_key(provider: Provider, browser: Browser) -> None:
    """Whoever has the code and its verifier has too much: nothing that came of it lives."""
    rp, sender = await public(provider), Sender(provider)
    code = await code_of(rp, browser)
    tokens = json_of(await redeem(rp, code, ("dpop", sender.proof())))
    assert verdict(await redeem(rp, code, ("dpop", Sender(provider).proof()))) == "400 invalid_grant"
    assert verdict(await refresh(rp, tokens["refresh_token"], ("dpop", sender.proof()))) == "400 invalid_grant"


async def test_the_good_path_stays_one_update(any_provider: Provider, any_browser: Browser) -> None:
    """The key is part of the condition: with a proof there is one INSERT more, which remembers it."""
    rp, sender = await public(any_provider), Sender(any_provider)
    code = await code_of(rp, any_browser, dpop_jkt=sender.thumbprint)
    with counting(any_provider.wiring.database) as redemption:
        tokens = json_of(await redeem(rp, code, ("dpop", sender.proof())))
    with counting(any_provider.wiring.database) as refreshing:
        assert verdict(await refresh(rp, tokens["refresh_token"], ("dpop", sender.proof()))) == "DPoP"
    assert redemption.verbs == refreshing.verbs == {"INSERT": 1, "UPDATE": 1}


@pytest.mark.requirement("JW-21")
async def test_nonces(sqlite_url: str, tmp_path: Path, clock: MovableClock) -> None:
    """`IDP_DPOP_NONCE=required`: the first answer names one, it works for a few minutes, then the next is named."""
    settings = test_settings(sqlite_url, tmp_path / "var", dpop_nonce="required")
    async with running_provider(settings, clock) as provider:
        secret, sender = await robot(provider), Sender(provider)
        without = await post(provider, "/token", GRANT, secret, ("dpop", sender.proof()))
        assert verdict(without) == "400 use_dpop_nonce"
        nonce = without.header("dpop-nonce")
        assert nonce
        answer = await post(provider, "/token", GRANT, secret, ("dpop", sender.proof(nonce=nonce)))
        assert (verdict(answer), answer.header("dpop-nonce")) == ("DPoP", nonce)
        clock.advance(minutes=2)
        later = await post(provider, "/token", GRANT, secret, ("dpop", sender.proof(nonce=nonce)))
        assert verdict(later) == "DPoP"
        assert later.header("dpop-nonce") not in {None, nonce}
        clock.advance(minutes=2)
        for stale in (nonce, "", "x", "é", nonce[:-1]):
            refused = await post(provider, "/token", GRANT, secret, ("dpop", sender.proof(nonce=stale)))
            assert verdict(refused) == "400 use_dpop_nonce"
        # Whoever sends no proof hears nothing of nonces.
        plain = await post(provider, "/token", GRANT, secret)
        assert (verdict(plain), plain.header("dpop-nonce")) == ("Bearer", None)


async def test_a_nonce_that_nobody_gave_out_means_nothing_where_none_is_needed(provider: Provider) -> None:
    """RFC 9449 §4.3: the nonce counts where the server gave one."""
    secret = await robot(provider)
    proof = Sender(provider).proof(nonce="of another server")
    answer = await post(provider, "/token", GRANT, secret, ("dpop", proof))
    assert (verdict(answer), answer.header("dpop-nonce")) == ("DPoP", None)


async def test_a_device_is_bound_like_everybody(provider: Provider, browser: Browser) -> None:
    """RFC 8628: no tokens without the proof, the code is not spent by that, and the refresh token has the key, too."""
    await provider.account()
    tv, sender = await a_device(provider, dpop_bound_access_tokens=True), Sender(provider)
    started = await tv.started()
    await type_code(browser, started["user_code"])
    await browser.submit(button="request-allow")
    form = {"grant_type": DEVICE_CODE, "device_code": started["device_code"]}
    without = await tv.post("/token", form, user_agent=TELEVISION)
    assert without.json()["error"] == "invalid_dpop_proof"
    tokens = (await tv.post("/token", form, user_agent=TELEVISION, dpop=sender.proof())).json()
    assert tokens["token_type"] == "DPoP"
    again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    thief = await tv.post("/token", again, user_agent=TELEVISION, dpop=Sender(provider).proof())
    assert thief.json()["error"] == "invalid_grant"
    assert (await tv.post("/token", again, user_agent=TELEVISION, dpop=sender.proof())).status_code == 200


async def test_the_proof_of_a_pushed_request_names_its_key(provider: Provider) -> None:
    """RFC 9449 §10.1: by the proof, by `dpop_jkt`, or by both, if they agree."""
    sender, other = Sender(provider), Sender(provider)

    async def named(dpop_jkt: str | None, *proofs: str) -> str | None:
        scope = http_scope("POST", "/par", [("dpop", proof) for proof in proofs])
        return await requested_thumbprint(PlainRequest(scope, _no_body), provider.wiring, dpop_jkt)

    assert await named(None) is None
    assert await named(sender.thumbprint) == sender.thumbprint
    assert await named(None, sender.proof("/par")) == sender.thumbprint
    assert await named(sender.thumbprint, sender.proof("/par")) == sender.thumbprint
    for dpop_jkt, proof in ((other.thumbprint, sender.proof("/par")), (None, sender.proof("/token"))):
        with pytest.raises(OAuthError, match="invalid_dpop_proof"):
            await named(dpop_jkt, proof)


async def _no_body() -> Message:
    return {"type": "http.request", "body": b""}
