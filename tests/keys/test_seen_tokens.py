"""A token that was verified before is judged as if it had not been."""

from dataclasses import replace
from typing import Any

import pytest

from idp.keys.ring import KeyRing
from idp.keys.seen_tokens import _MOST
from idp.keys.sign import sign_jwt
from idp.keys.signing_key import KeyState, new_signing_key
from idp.keys.verify import InvalidToken, verify_own_jwt
from idp.sealing import MasterKeys

NOW = 1_768_478_400
KEYS = MasterKeys(bytes(range(32)))
EXPECTED: dict[str, Any] = {"typ": "at+jwt", "issuer": "https://login.example.com", "now": NOW}


@pytest.fixture
def ring() -> KeyRing:
    """With one key."""
    made = KeyRing(KEYS)
    made.hold([replace(new_signing_key("ES256", KEYS, now=NOW), state=KeyState.CURRENT)])
    return made


def token_of(ring: KeyRing, **claims: object) -> str:
    return sign_jwt(
        ring, "ES256", {"iss": "https://login.example.com", "iat": NOW, "exp": NOW + 60, **claims}, "at+jwt"
    )


def test_the_second_look_says_the_same(ring: KeyRing) -> None:
    """The same claims, in a dictionary of the caller's own."""
    token = token_of(ring, sub="a")
    first = verify_own_jwt(ring, token, **EXPECTED)
    first["sub"] = "changed"
    assert verify_own_jwt(ring, token, **EXPECTED)["sub"] == "a"


@pytest.mark.parametrize(
    "changes",
    [{"now": NOW + 60}, {"now": NOW - 60}, {"issuer": "https://other"}, {"typ": "JWT"}, {"audience": "https://api"}],
)
def test_what_was_verified_may_still_be_refused(ring: KeyRing, changes: dict[str, Any]) -> None:
    """Time, kind, issuer and audience are looked at every time."""
    token = token_of(ring)
    verify_own_jwt(ring, token, **EXPECTED)
    with pytest.raises(InvalidToken):
        verify_own_jwt(ring, token, **EXPECTED | changes)


def test_a_key_that_is_gone_vouches_for_nothing(ring: KeyRing) -> None:
    """Once the key is no longer published, a token that it had verified is nobody's."""
    token = token_of(ring)
    verify_own_jwt(ring, token, **EXPECTED)
    ring.hold([replace(new_signing_key("ES256", KEYS, now=NOW), state=KeyState.CURRENT)])
    with pytest.raises(InvalidToken):
        verify_own_jwt(ring, token, **EXPECTED)


def test_forgeries_are_not_remembered(ring: KeyRing) -> None:
    """A signature that is not good leaves nothing behind, and is refused each time."""
    forged = token_of(ring, sub="a").rpartition(".")[0] + "." + token_of(ring, sub="b").rpartition(".")[2]
    for _ in range(2):
        with pytest.raises(InvalidToken):
            verify_own_jwt(ring, forged, **EXPECTED)
    assert ring.seen.find(forged) is None


def test_memory_is_bounded(ring: KeyRing) -> None:
    """The oldest goes first, and is then verified anew."""
    tokens = [token_of(ring, sub=str(number)) for number in range(_MOST + 1)]
    for token in tokens:
        verify_own_jwt(ring, token, **EXPECTED)
    assert ring.seen.find(tokens[0]) is None
    assert ring.seen.find(tokens[1]) is not None
    assert verify_own_jwt(ring, tokens[0], **EXPECTED)["sub"] == "0"
