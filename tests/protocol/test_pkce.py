"""Code challenges and verifiers."""

import pytest

from idp.protocol.pkce import challenge_of, challenge_problem, is_valid_verifier, verifier_matches

# RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_example_of_the_specification() -> None:
    """RFC 7636, appendix B."""
    assert challenge_of(VERIFIER) == CHALLENGE
    assert challenge_problem(CHALLENGE, "S256") is None
    assert verifier_matches(VERIFIER, CHALLENGE)


@pytest.mark.parametrize(
    ("challenge", "method"),
    [
        (CHALLENGE, None),
        (CHALLENGE, "plain"),
        (CHALLENGE, "s256"),
        (CHALLENGE, "S512"),
        (None, "S256"),
        (CHALLENGE[:-1], "S256"),
        (CHALLENGE + "A", "S256"),
        (CHALLENGE[:-1] + "=", "S256"),
        (CHALLENGE[:-1] + "~", "S256"),
        (CHALLENGE + "\n", "S256"),
        ("", "S256"),
    ],
)
def test_bad_challenges(challenge: str | None, method: str | None) -> None:
    """Only S256 in its exact shape; a missing method means plain, which is refused."""
    assert challenge_problem(challenge, method)


def test_no_challenge_is_the_clients_question() -> None:
    """Whether PKCE may be left out is not decided here."""
    assert challenge_problem(None, None) is None


@pytest.mark.parametrize(
    "verifier",
    [
        "",
        "a" * 42,
        "a" * 129,
        "a" * 42 + "=",
        "a" * 42 + "+",
        "a" * 43 + "\n",
        "ž" * 43,
        VERIFIER[:-1] + "l",
        CHALLENGE,
    ],
)
def test_bad_verifiers(verifier: str) -> None:
    """Wrong length, wrong characters, or simply another one."""
    assert not verifier_matches(verifier, CHALLENGE)


@pytest.mark.parametrize(("length", "is_valid"), [(42, False), (43, True), (128, True), (129, False)])
def test_the_length_of_a_verifier(length: int, is_valid: bool) -> None:
    """RFC 7636 §4.1: 43 to 128 characters."""
    assert is_valid_verifier(("a-._~Z9" * 20)[:length]) is is_valid
