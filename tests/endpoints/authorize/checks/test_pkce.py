"""`code_challenge` and its method: S256, of everybody."""

import pytest

from idp.protocol.pkce import challenge_of
from tests.support.calls import answer_to, get, json_of
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

GOOD = challenge_of("v" * 43)
CHALLENGES: dict[str, tuple[dict[str, str | None], str]] = {
    "S256": ({"code_challenge": GOOD}, "/login"),
    "none at all": ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    "method alone": ({"code_challenge": None}, "invalid_request"),
    "empty": ({"code_challenge": ""}, "invalid_request"),
    "plain": ({"code_challenge": "v" * 43, "code_challenge_method": "plain"}, "invalid_request"),
    "plain by default": ({"code_challenge": "v" * 43, "code_challenge_method": None}, "invalid_request"),
    "s256": ({"code_challenge": GOOD, "code_challenge_method": "s256"}, "invalid_request"),
    "S512": ({"code_challenge": GOOD, "code_challenge_method": "S512"}, "invalid_request"),
    "42 characters": ({"code_challenge": GOOD[:-1]}, "invalid_request"),
    "44 characters": ({"code_challenge": GOOD + "A"}, "invalid_request"),
    "padding": ({"code_challenge": GOOD + "="}, "invalid_request"),
    "plus": ({"code_challenge": "+" + GOOD[1:]}, "invalid_request"),
    "slash": ({"code_challenge": "/" + GOOD[1:]}, "invalid_request"),
    "space": ({"code_challenge": " " + GOOD[1:]}, "invalid_request"),
    "letter outside ASCII": ({"code_challenge": "é" + GOOD[1:]}, "invalid_request"),
    "megabyte": ({"code_challenge": "A" * 6000}, "invalid_request"),
}


@pytest.mark.requirement("TK-01", "OC-26")
async def test_only_an_s256_challenge_is_taken(rp: RelyingParty) -> None:
    """No challenge, `plain`, and anything that no SHA-256 gives are refused before anybody signs in."""
    answers = {name: await answer_to(rp, **changes) for name, (changes, _) in CHALLENGES.items()}
    assert answers == {name: wanted for name, (_, wanted) in CHALLENGES.items()}


@pytest.mark.requirement("TK-01")
@pytest.mark.parametrize("kind", ["spa", "native"])
async def test_public_clients_cannot_leave_it_out(provider: Provider, kind: str) -> None:
    """RFC 9700 §2.1.1: whoever has no secret needs a verifier."""
    rp = RelyingParty(provider, await provider.client("app", application_type=kind))
    assert await answer_to(rp) == "/login"
    assert await answer_to(rp, code_challenge=None, code_challenge_method=None) == "invalid_request"


async def test_plain_is_refused_where_pkce_is_optional(provider: Provider) -> None:
    """A client that may leave PKCE out may still not use it badly."""
    rp = RelyingParty(provider, await provider.client("old", require_pkce=False))
    assert await answer_to(rp, code_challenge=None, code_challenge_method=None) == "/login"
    assert await answer_to(rp, code_challenge="v" * 43, code_challenge_method="plain") == "invalid_request"
    metadata = json_of(await get(provider, "/.well-known/openid-configuration"))
    assert metadata["code_challenge_methods_supported"] == ["S256"]
