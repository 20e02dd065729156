"""The example API refuses every token that is not a fresh access token of its provider for itself."""

from collections.abc import Callable

import httpx2
import pytest
from joserfc.jwk import ECKey

from tests.examples.scripted_provider import ScriptedProvider
from tests.support.clock import MovableClock

MakeToken = Callable[[ScriptedProvider], str]


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def test_valid_token_is_accepted(api: httpx2.AsyncClient, provider: ScriptedProvider) -> None:
    """A token with the right type, issuer, audience, time, signature and scope opens the door."""
    answer = await api.get("/hello", headers=bearer(provider.access_token()))
    assert (answer.status_code, answer.json()["sub"]) == (200, "acc_1")


async def test_missing_token_gets_a_bare_challenge(api: httpx2.AsyncClient) -> None:
    """RFC 6750 §3.1: without credentials the challenge holds no error code."""
    answer = await api.get("/hello")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        pytest.param(lambda _: "rubbish", "not a signed JWT", id="no JWT"),
        pytest.param(lambda _: "x" * 20_000, "too long", id="too long"),
        pytest.param(lambda p: p.access_token(typ="JWT"), "not an access token", id="an ID token's type"),
        pytest.param(lambda p: p.access_token(iss="http://evil.example"), "another issuer", id="issuer"),
        pytest.param(lambda p: p.access_token(aud="portal"), "another audience", id="audience"),
        pytest.param(lambda p: p.access_token(aud=None), "another audience", id="no audience"),
        pytest.param(lambda p: p.access_token(exp=p.now()), "expired", id="expired"),
        pytest.param(lambda p: p.access_token(exp=None), "expired", id="no expiry"),
        pytest.param(lambda p: p.access_token(exp="9999999999"), "expired", id="expiry as text"),
        pytest.param(lambda p: p.access_token(cnf={"jkt": "x" * 43}), "bound", id="bound to a key"),
        pytest.param(
            lambda p: p.access_token(key=ECKey.generate_key("P-256", {"kid": "key-1"})), "signature", id="wrong key"
        ),
        pytest.param(lambda p: p.access_token()[:-4] + "AAAA", "signature", id="changed signature"),
        pytest.param(
            lambda p: p.access_token(key=ECKey.generate_key("P-256", {"kid": "other"})), "signature", id="unknown key"
        ),
    ],
)
async def test_every_other_token_is_refused(
    api: httpx2.AsyncClient, provider: ScriptedProvider, make: MakeToken, why: str
) -> None:
    """Each broken token gets 401 invalid_token and a reason that does not repeat the token."""
    answer = await api.get("/hello", headers=bearer(make(provider)))
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_token"
    assert why in answer.headers["www-authenticate"]


async def test_unsigned_token_is_refused(api: httpx2.AsyncClient, provider: ScriptedProvider) -> None:
    """`alg: none` is not in the list, whatever the header says."""
    _, payload, _ = provider.access_token().split(".")
    header = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0Iiwia2lkIjoia2V5LTEifQ"
    answer = await api.get("/hello", headers=bearer(f"{header}.{payload}."))
    assert answer.status_code == 401


async def test_scope_is_needed(api: httpx2.AsyncClient, provider: ScriptedProvider) -> None:
    """A valid token without the API's scope gets 403 and the name of the scope."""
    answer = await api.get("/hello", headers=bearer(provider.access_token(scope="openid")))
    assert answer.status_code == 403
    assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope", scope="api.read"'


async def test_new_key_is_fetched_at_a_bounded_rate(
    api: httpx2.AsyncClient, provider: ScriptedProvider, clock: MovableClock
) -> None:
    """A rotated key is found, and invented key ids do not make the API hammer the provider."""
    await api.get("/hello", headers=bearer(provider.access_token()))
    rotated = ECKey.generate_key("P-256", {"kid": "key-2", "use": "sig", "alg": "ES256"})
    provider.published.append(rotated)
    for _ in range(5):
        assert (await api.get("/hello", headers=bearer(provider.access_token(key=rotated)))).status_code == 401
    assert provider.fetches == 1
    clock.advance(seconds=31)
    assert (await api.get("/hello", headers=bearer(provider.access_token(key=rotated)))).status_code == 200
    assert provider.fetches == 2


@pytest.mark.requirement("JW-23")
@pytest.mark.parametrize(
    ("acr", "age"), [("urn:idp:acr:pwd", 0), ("urn:idp:acr:otp", 301), (None, 0), ("urn:idp:acr:otp", None)]
)
async def test_weak_or_old_sign_in_is_told_what_is_needed(
    api: httpx2.AsyncClient, provider: ScriptedProvider, acr: str | None, age: int | None
) -> None:
    """RFC 9470 §3: the challenge names the acr and the age that would do."""
    auth_time = None if age is None else provider.now() - age
    answer = await api.get("/protected", headers=bearer(provider.access_token(acr=acr, auth_time=auth_time)))
    assert answer.status_code == 401
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith('Bearer error="insufficient_user_authentication"')
    assert 'acr_values="urn:idp:acr:otp", max_age="300"' in challenge


async def test_strong_and_recent_sign_in_opens_the_protected_area(
    api: httpx2.AsyncClient, provider: ScriptedProvider
) -> None:
    """A sign-in with OTP of five minutes ago is just recent enough."""
    token = provider.access_token(acr="urn:idp:acr:otp", auth_time=provider.now() - 300)
    assert (await api.get("/protected", headers=bearer(token))).status_code == 200


async def test_introspection_passes_the_browsers_user_agent(
    api: httpx2.AsyncClient, provider: ScriptedProvider
) -> None:
    """The provider is asked with the browser's header and the API's own credentials, and its verdict is passed on."""
    provider.introspection = {"active": True, "ua_match": False}
    headers = bearer(provider.access_token()) | {"x-browser-user-agent": "Browser/1"}
    answer = await api.get("/introspected", headers=headers)
    assert answer.json() == {"active": True, "ua_match": False, "sub": "acc_1"}
    assert provider.forms[-1]["user_agent"] == "Browser/1"
    assert provider.forms[-1]["authorization"].startswith("Basic ")


async def test_revoked_token_is_refused(api: httpx2.AsyncClient, provider: ScriptedProvider) -> None:
    """What the provider calls inactive is refused, although it has not expired."""
    provider.introspection = {"active": False}
    assert (await api.get("/introspected", headers=bearer(provider.access_token()))).status_code == 401


async def test_metadata_of_another_issuer_is_not_used(api: httpx2.AsyncClient, provider: ScriptedProvider) -> None:
    """RFC 8414 §3.3: keys are never taken from a document that speaks of another issuer."""
    provider.issuer = "http://evil.example"
    answer = await api.get("/hello", headers=bearer(provider.access_token()))
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
