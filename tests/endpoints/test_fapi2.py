"""The security profile `fapi2` as a client meets it: pushed, bound, never rotated, and the issuer by its name."""

from typing import Any

import pytest

from tests.support.asgi import Answer
from tests.support.browser import Browser
from tests.support.calls import get, json_of, location_of, outcome, post
from tests.support.client_keys import ClientKey
from tests.support.dpop import Sender
from tests.support.provider import PASSWORD, Provider
from tests.support.relying_party import BROWSER_AGENT, RelyingParty, claims_of
from tests.support.request_objects import claims_for, fapi2_party, parameters_of, push, pushed_url, verdict
from tests.support.signing_in import try_again


class Bank:
    """One client of the profile: the key that it is known by, and the key that its tokens are bound to."""

    def __init__(self, rp: RelyingParty, key: ClientKey) -> None:
        self.rp, self.key = rp, key
        self.sender = Sender(rp.provider)

    async def token(self, form: dict[str, str], *, proof: str | None = None, **assertion: Any) -> Answer:
        now = self.rp.provider.clock.now()
        audience = assertion.pop("audience", self.rp.provider.issuer)
        proven = self.key.assertion(self.rp.client.id, audience, now, **assertion)
        headers = [("dpop", self.sender.proof() if proof is None else proof)] if proof != "" else []
        return await post(self.rp.provider, "/token", form | proven | {"user_agent": BROWSER_AGENT}, *headers)

    async def code(self, browser: Browser, **changes: str) -> str:
        await browser.open(await pushed_url(self.rp, parameters_of(self.rp, **changes), self.key))
        page = await try_again(browser, "lucie@wedos.cz", PASSWORD)
        assert page.query["iss"] == self.rp.provider.issuer
        return page.query["code"]

    async def redeem(self, code: str, **more: Any) -> Answer:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.rp.client.redirect_uri}
        return await self.token(form | {"code_verifier": self.rp.verifier}, **more)

    async def refresh(self, token: str, **more: Any) -> Answer:
        return await self.token({"grant_type": "refresh_token", "refresh_token": token}, **more)


@pytest.fixture
async def bank(provider: Provider) -> Bank:
    await provider.account()
    key = ClientKey.generate()
    return Bank(await fapi2_party(provider, key), key)


@pytest.mark.requirement("OT-26", "OC-41", "OC-43")
async def test_a_whole_journey(bank: Bank, browser: Browser) -> None:
    """Pushed, signed in, redeemed with a proof: a DPoP token that UserInfo takes with its proof alone."""
    tokens = json_of(await bank.redeem(await bank.code(browser)))
    assert tokens["token_type"] == "DPoP"
    assert claims_of(tokens["access_token"])["cnf"] == {"jkt": bank.sender.thumbprint}
    provider = bank.rp.provider
    served = await get(provider, "/userinfo", *bank.sender.headers(tokens["access_token"]))
    assert json_of(served)["sub"] == claims_of(tokens["id_token"])["sub"]
    bearer = await get(provider, "/userinfo", ("authorization", f"Bearer {tokens['access_token']}"))
    assert bearer.status == 401


@pytest.mark.requirement("OT-26", "OT-30")
async def test_nothing_but_a_pushed_request(bank: Bank) -> None:
    """FAPI 2.0 Security Profile §5.3.2.2: pushed, by the code flow, with S256; errors name the issuer."""
    answer = await get(bank.rp.provider, bank.rp.authorization_url())
    assert outcome(bank.rp, answer, state=bank.rp.state) == "invalid_request"
    assert location_of(answer)[1]["iss"] == bank.rp.provider.issuer
    for changes in ({"code_challenge": None}, {"response_type": "code id_token"}, {"response_mode": "form_post"}):
        assert (await verdict(await push(bank.rp, parameters_of(bank.rp, **changes), bank.key))).startswith("400")


@pytest.mark.requirement("OT-26", "OC-12")
async def test_an_assertion_names_the_issuer(bank: Bank, provider: Provider) -> None:
    """§5.3.2.1: `aud` is the issuer as one string; an address or a list is refused, and so is RS256."""
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    issuer = bank.rp.provider.issuer
    for audience in (f"{issuer}/token", f"{issuer}/par", [issuer], [issuer, f"{issuer}/token"], "https://x.example"):
        assert json_of(await bank.token(form, audience=audience))["error"] == "invalid_client", audience
    assert json_of(await bank.token(form))["error"] == "invalid_grant"
    rsa = ClientKey.generate("RS256")
    keys = {"keys": [{name: value for name, value in rsa.public_jwk.items() if name != "alg"}]}
    other = await fapi2_party(provider, rsa, "other", jwks=keys)
    assert await verdict(await push(other, parameters_of(other), rsa)) == "401 invalid_client"
    assert await verdict(await push(other, parameters_of(other), ClientKey("PS256", rsa.kid, rsa.key))) == "pushed"


@pytest.mark.requirement("OT-17", "OT-26")
async def test_refresh_tokens_are_not_rotated(bank: Bank, browser: Browser) -> None:
    """§5.3.2.1: the same one is answered, as often as it is used; another access token and another `iat` each time."""
    first = json_of(await bank.redeem(await bank.code(browser)))
    access_tokens = {first["access_token"]}
    for _ in range(3):
        bank.rp.provider.clock.advance(minutes=10)
        again = json_of(await bank.refresh(first["refresh_token"]))
        assert again["refresh_token"] == first["refresh_token"]
        assert claims_of(again["id_token"])["auth_time"] == claims_of(first["id_token"])["auth_time"]
        access_tokens.add(again["access_token"])
    assert len(access_tokens) == 4
    unbound = await bank.refresh(first["refresh_token"], proof="")
    assert json_of(unbound)["error"] == "invalid_dpop_proof"


@pytest.mark.requirement("OT-27", "OT-26")
async def test_a_code_lives_for_a_minute(provider: Provider, bank: Bank, browser: Browser) -> None:
    """§5.3.2.2: after 60 seconds it is gone; the installation may want less, never more."""
    code = await bank.code(browser)
    provider.clock.advance(seconds=60)
    assert json_of(await bank.redeem(code))["error"] == "invalid_grant"


@pytest.mark.requirement("OC-46", "OT-30")
async def test_message_signing(provider: Provider, browser: Browser) -> None:
    """FAPI 2.0 Message Signing: a signed request, and the answer as one JWT that names both sides (JARM)."""
    await provider.account()
    key = ClientKey.generate()
    bank = Bank(await fapi2_party(provider, key, response_modes=["jwt"], require_signed_request_object=True), key)
    request = key.sign(claims_for(bank.rp, response_mode="jwt"))
    await browser.open(await pushed_url(bank.rp, {"request": request}, key))
    page = await try_again(browser, "lucie@wedos.cz", PASSWORD)
    assert page.query.keys() == {"response"}
    answer = claims_of(page.query["response"])
    assert (answer["iss"], answer["aud"]) == (bank.rp.provider.issuer, bank.rp.client.id)
    assert answer["state"] == bank.rp.state
    assert json_of(await bank.redeem(answer["code"]))["token_type"] == "DPoP"


@pytest.mark.requirement("OT-31")
async def test_a_proof_at_the_pushed_request_binds_the_code(bank: Bank, browser: Browser) -> None:
    """RFC 9449 §10.1: the code is redeemed by that key alone; `dpop_jkt` has to name the same."""
    provider, form = bank.rp.provider, parameters_of(bank.rp)

    async def pushed(form: dict[str, str], proof: str) -> Answer:
        proven = bank.key.assertion(bank.rp.client.id, provider.issuer, provider.clock.now())
        return await post(provider, "/par", form | proven, ("dpop", proof))

    other = Sender(provider)
    mismatch = await pushed(form | {"dpop_jkt": other.thumbprint}, bank.sender.proof("/par"))
    assert await verdict(mismatch) == "400 invalid_dpop_proof"
    assert await verdict(await pushed(form, bank.sender.proof("/token"))) == "400 invalid_dpop_proof"
    answer = json_of(await pushed(form, bank.sender.proof("/par")))
    await browser.open(f"/authorize?client_id={bank.rp.client.id}&request_uri={answer['request_uri']}")
    code = (await try_again(browser, "lucie@wedos.cz", PASSWORD)).query["code"]
    assert json_of(await bank.redeem(code, proof=other.proof()))["error"] in {"invalid_grant", "invalid_dpop_proof"}
    assert json_of(await bank.redeem(code))["token_type"] == "DPoP"
