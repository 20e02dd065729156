"""The portal's back channel: a logout token ends the sign-in that it is about, and nothing else does."""

from typing import Any

import httpx2
import pytest
from joserfc.jwk import ECKey

from tests.examples.conftest import PORTAL
from tests.examples.scripted_provider import ISSUER, ScriptedProvider

EVENTS: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}
SID = "session-1"


def logout_token(
    provider: ScriptedProvider, *, typ: str = "logout+jwt", key: ECKey | None = None, **changes: Any
) -> str:
    now = provider.now()
    claims = {
        "iss": ISSUER,
        "aud": "portal",
        "sub": "acc_1",
        "sid": SID,
        "iat": now,
        "exp": now + 120,
        "jti": "logout-1",
        "events": EVENTS,
    }
    return provider.signed(claims | changes, typ=typ, key=key or provider.key)


async def sign_in(browser: httpx2.AsyncClient, provider: ScriptedProvider) -> None:
    provider.id_token_changes = {"sid": SID}
    begun = await browser.get("/login")
    await browser.get(provider.answer_to(begun.headers["location"]))
    assert await is_signed_in(browser)


async def is_signed_in(browser: httpx2.AsyncClient) -> bool:
    return (await browser.get("/dashboard")).status_code == 200


async def tell(browser: httpx2.AsyncClient, token: str) -> int:
    """As the provider does it: without the browser's cookie."""
    async with httpx2.AsyncClient(transport=browser._transport, base_url=PORTAL) as provider:
        answer = await provider.post("/backchannel", data={"logout_token": token})
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code


async def test_a_logout_token_ends_the_sign_in(browser: httpx2.AsyncClient, provider: ScriptedProvider) -> None:
    """§2.7: the page says so, once; the same token is refused afterwards, and does not end the next sign-in."""
    await sign_in(browser, provider)
    token = logout_token(provider)
    assert await tell(browser, token) == 200
    assert not await is_signed_in(browser)
    assert "You were signed out of Keygate." in (await browser.get("/")).text
    assert "You were signed out of Keygate." not in (await browser.get("/")).text
    await sign_in(browser, provider)
    assert await tell(browser, token) == 400
    assert await is_signed_in(browser)


async def test_without_a_session_every_sign_in_of_the_subject_ends(
    browser: httpx2.AsyncClient, provider: ScriptedProvider
) -> None:
    """§2.4: `sub` alone."""
    await sign_in(browser, provider)
    assert await tell(browser, logout_token(provider, sid=None, sub="somebody else")) == 200
    assert await is_signed_in(browser)
    assert await tell(browser, logout_token(provider, sid=None, jti="logout-2")) == 200
    assert not await is_signed_in(browser)


async def test_another_session_goes_on(browser: httpx2.AsyncClient, provider: ScriptedProvider) -> None:
    """The same person, another browser."""
    await sign_in(browser, provider)
    assert await tell(browser, logout_token(provider, sid="session-2")) == 200
    assert await is_signed_in(browser)


WRONG: dict[str, dict[str, Any]] = {
    "issuer": {"iss": "https://evil.example"},
    "audience": {"aud": "somebody"},
    "expired": {"exp": 1},
    "no exp": {"exp": None},
    "no iat": {"iat": None},
    "nonce": {"nonce": "n"},
    "no events": {"events": None},
    "another event": {"events": {"http://schemas.openid.net/event/other": {}}},
    "an event that is no object": {"events": {"http://schemas.openid.net/event/backchannel-logout": "x"}},
    "nobody": {"sub": None, "sid": None},
    "no jti": {"jti": None},
    "an ID token": {"typ": "JWT"},
    "an access token": {"typ": "at+jwt"},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
async def test_what_is_no_logout_token_is_refused(
    browser: httpx2.AsyncClient, provider: ScriptedProvider, changes: dict[str, Any]
) -> None:
    """§2.6: 400, and the person stays."""
    await sign_in(browser, provider)
    assert await tell(browser, logout_token(provider, **changes)) == 400
    assert await is_signed_in(browser)


async def test_a_foreign_signature_is_refused(browser: httpx2.AsyncClient, provider: ScriptedProvider) -> None:
    """Under a key of the same name, an unknown one, and none; unknown names make it fetch once, not each time."""
    await sign_in(browser, provider)
    foreign = ECKey.generate_key("P-256", {"kid": "key-1", "use": "sig", "alg": "ES256"})
    unknown = ECKey.generate_key("P-256", {"kid": "made-up", "use": "sig", "alg": "ES256"})
    fetches = provider.fetches
    for token in (
        logout_token(provider, key=foreign),
        *(logout_token(provider, key=unknown) for _ in range(5)),
        "eyJhbGciOiJub25lIiwidHlwIjoibG9nb3V0K2p3dCJ9." + logout_token(provider).split(".")[1] + ".",
        "nonsense",
        "x" * 20_000,
        "",
    ):
        assert await tell(browser, token) == 400
    assert provider.fetches - fetches == 1
    assert await is_signed_in(browser)


async def test_a_new_key_is_fetched(browser: httpx2.AsyncClient, provider: ScriptedProvider) -> None:
    """The provider has rotated its keys since the sign-in."""
    await sign_in(browser, provider)
    provider.key = ECKey.generate_key("P-256", {"kid": "key-2", "use": "sig", "alg": "ES256"})
    provider.published = [provider.key]
    assert await tell(browser, logout_token(provider)) == 200
    assert not await is_signed_in(browser)
