"""`login_hint` and `id_token_hint`: who is expected, never who is signed in."""

import pytest

from idp.keys.sign import sign_jwt
from tests.support.browser import Browser
from tests.support.calls import answer_to
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, claims_of

HINTS = {
    "email": ("lucie@wedos.cz", "/login"),
    "nobody": ("nobody@wedos.cz", "/login"),
    "markup": ('"><script>alert(1)</script>', "/login"),
    "320 characters": ("a" * 320, "/login"),
    "more": ("a" * 321, "invalid_request"),
}


@pytest.mark.requirement("AZ-19")
async def test_login_hint_is_bounded(rp: RelyingParty) -> None:
    """Any text of the length of an address; known or not makes no difference."""
    answers = {name: await answer_to(rp, login_hint=value) for name, (value, _) in HINTS.items()}
    assert answers == {name: wanted for name, (_, wanted) in HINTS.items()}


@pytest.mark.requirement("AZ-19")
async def test_login_hint_is_text_on_the_page(rp: RelyingParty, browser: Browser) -> None:
    """It stands in the field, and cannot leave it."""
    page = await browser.open(rp.authorization_url(login_hint='"><script>alert(1)</script>'))
    assert browser.form("username").fields["username"] == '"><script>alert(1)</script>'
    assert "<script>alert" not in page.text


@pytest.mark.requirement("AZ-22", "OC-22", "OT-12")
async def test_only_an_id_token_of_ours_for_this_client_is_a_hint(rp: RelyingParty, browser: Browser) -> None:
    """Forged, altered, foreign and other tokens: `login_required`, also with a session; the genuine one passes."""
    provider = rp.provider
    tokens = await rp.tokens(browser)
    genuine = tokens["id_token"]
    claims = claims_of(genuine)
    header, payload, signature = genuine.split(".")

    def signed(typ: str = "JWT", **changes: object) -> str:
        return sign_jwt(provider.wiring.keys, "ES256", claims | changes, typ)

    refused = {
        "no token": "nonsense",
        "unsigned": f"eyJhbGciOiJub25lIn0.{payload}.",
        "without its signature": f"{header}.{payload}.",
        "altered signature": f"{header}.{payload}.{signature[::-1]}",
        "access token": tokens["access_token"],
        "access token's type": signed("at+jwt"),
        "other audience": signed(aud="other"),
        "other issuer": signed(iss="https://evil.example"),
        "from the future": signed(iat=provider.clock.now() + 3600),
    }
    for prompt in (None, "none", "login"):
        answers = {name: await result(rp, browser, id_token_hint=hint, prompt=prompt) for name, hint in refused.items()}
        assert set(answers.values()) == {"login_required"}, answers
    assert await result(rp, browser, id_token_hint=genuine, prompt="none") == "code"


@pytest.mark.requirement("AZ-22")
async def test_a_hint_never_switches_the_person(provider: Provider, browser: Browser) -> None:
    """With another person signed in, the hint is answered `login_required`, with and without `prompt=none`."""
    lucie, marek = await provider.account(), await provider.account("marek@wedos.cz")
    rp = RelyingParty(provider, await provider.client())
    async with Browser(provider.app) as other:
        hint = (await rp.tokens(other, "marek@wedos.cz"))["id_token"]
    assert claims_of(hint)["sub"] == marek.id
    assert claims_of((await rp.tokens(browser))["id_token"])["sub"] == lucie.id
    assert await result(rp, browser, id_token_hint=hint, prompt="none") == "login_required"
    assert await result(rp, browser, id_token_hint=hint) == "login_required"


async def test_an_expired_hint_is_still_one(rp: RelyingParty, browser: Browser) -> None:
    """OIDC Core §3.1.2.1: with `prompt=none` it gives the same subject and the same auth_time again."""
    first = claims_of((await rp.tokens(browser))["id_token"])
    hint = (await rp.tokens(browser))["id_token"]
    rp.provider.clock.advance(minutes=90)
    again = claims_of((await rp.tokens(browser, id_token_hint=hint, prompt="none"))["id_token"])
    assert (again["sub"], again["auth_time"]) == (first["sub"], first["auth_time"])
    assert again["exp"] > first["exp"]


async def result(rp: RelyingParty, browser: Browser, **changes: str | None) -> str:
    """The error at the client, `code`, or the path of our page."""
    page = await browser.open(rp.authorization_url(**changes))
    return page.query.get("error") or ("code" if "code" in page.query else page.path)
