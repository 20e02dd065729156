"""Signed requests (CIBA Core 1.0 §7.1.1, FAPI-CIBA §5.2.2): one JWT, for us, now, once, under one algorithm."""

from dataclasses import dataclass
from typing import Any

import pytest

from idp.sealing import new_id
from tests.support.client_keys import ClientKey
from tests.support.decoupled import Asking, an_asking_client, error_of
from tests.support.provider import Provider


@dataclass(slots=True)
class Signer:
    """A client that signs its requests."""

    client: Asking
    key: ClientKey

    def claims(self, **changes: Any) -> dict[str, Any]:
        """A good request; a change to None leaves the claim out."""
        now = self.client.provider.clock.now()
        good = {
            "iss": "bank",
            "aud": "http://localhost:8000",
            "iat": now,
            "nbf": now,
            "exp": now + 60,
            "jti": new_id(),
            "scope": "openid",
            "login_hint": "lucie@wedos.cz",
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    async def send(self, request: str, **beside: str) -> Any:
        return await self.client.post("/bc-authorize", {"request": request, **beside})


@pytest.fixture(params=["ES256", "PS256", "EdDSA"])
async def any_signer(provider: Provider, request: pytest.FixtureRequest) -> Signer:
    return await _signer(provider, request.param)


@pytest.fixture
async def signer(provider: Provider) -> Signer:
    return await _signer(provider, "ES256")


async def _signer(provider: Provider, alg: str) -> Signer:
    await provider.account()
    key = ClientKey.generate(alg)
    client = await an_asking_client(provider, jwks=key.jwks, backchannel_authentication_request_signing_alg=alg)
    return Signer(client, key)


@pytest.mark.requirement("OC-49")
async def test_a_signed_request(any_signer: Signer) -> None:
    """Every parameter is in the JWT; `requested_expiry` may be a number there (CIBA §7.1.1)."""
    claims = any_signer.claims(requested_expiry=45, binding_message="W4SCT")
    answer = await any_signer.send(any_signer.key.sign(claims))
    assert answer.status_code == 200, answer.text
    assert answer.json()["expires_in"] == 45


async def test_an_array_of_audiences(signer: Signer) -> None:
    """CIBA §7.1.1: the issuer is one of them."""
    claims = signer.claims(aud=["https://other.example", "http://localhost:8000"])
    assert (await signer.send(signer.key.sign(claims))).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "shop"},
        {"iss": None},
        {"aud": "http://localhost:8000/bc-authorize"},
        {"aud": None},
        {"aud": []},
        {"exp": None},
        {"exp": 1},
        {"exp": "soon"},
        {"exp": True},
        {"nbf": None},
        {"iat": None},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"jti": "x" * 300},
        {"binding_message": {"x": 1}},
        {"scope": ["openid"]},
        {"login_hint": "a\u0000b"},
    ],
    ids=str,
)
async def test_a_claim_that_is_wrong(signer: Signer, changes: dict[str, Any]) -> None:
    """`invalid_request`, whatever it is."""
    assert error_of(await signer.send(signer.key.sign(signer.claims(**changes)))) == "invalid_request"


@pytest.mark.parametrize(
    ("nbf", "exp", "is_good"), [(0, 3600, True), (0, 3601, False), (10, 70, True), (11, 70, False), (-3600, 1, False)]
)
async def test_how_long_and_from_when(signer: Signer, nbf: int, exp: int, is_good: bool) -> None:
    """Sixty minutes from `nbf`; ten seconds of clocks that differ."""
    now = signer.client.provider.clock.now()
    answer = await signer.send(signer.key.sign(signer.claims(nbf=now + nbf, exp=now + exp)))
    assert (answer.status_code == 200) == is_good


@pytest.mark.requirement("TK-15")
async def test_TK_15_it_is_accepted_once(signer: Signer) -> None:
    """The same `jti` a second time is refused, and nobody is asked twice."""
    request = signer.key.sign(signer.claims())
    assert (await signer.send(request)).status_code == 200
    assert error_of(await signer.send(request)) == "invalid_request"
    assert len(await signer.client.provider.inbox()) == 1


@pytest.mark.requirement("JW-01")
async def test_JW_01_another_algorithm_or_key(signer: Signer) -> None:
    """Neither RS256, nor another allowed one than the registered, nor `none`, nor another key with this name."""
    claims = signer.claims()
    forged = [
        ClientKey.generate("RS256").sign(claims),
        ClientKey.generate("EdDSA").sign(claims),
        ClientKey.generate("ES256").sign(claims),
        "eyJhbGciOiJub25lIn0.e30.",
    ]
    for request in forged:
        assert error_of(await signer.send(request)) == "invalid_request"


async def test_nothing_stands_beside_it(signer: Signer) -> None:
    """CIBA §7.1.1: not even the same again; and a client that signs does not ask without."""
    request = signer.key.sign(signer.claims())
    assert error_of(await signer.send(request, scope="openid")) == "invalid_request"
    assert error_of(await signer.client.ask()) == "invalid_request"


async def test_a_client_that_is_not_registered_to_sign(signer: Signer) -> None:
    """It has no algorithm, so that none of its JWTs counts."""
    plain = await an_asking_client(signer.client.provider, "plain", jwks=signer.key.jwks)
    request = signer.key.sign(signer.claims(iss="plain"))
    assert error_of(await plain.post("/bc-authorize", {"request": request})) == "invalid_request"
