"""Client secrets are compared as digests, all of them, every time."""

import hmac
from dataclasses import replace

import pytest

from idp.clients.client import Client
from idp.clients.metadata import parse_client_metadata
from idp.clients.secret import secret_matches, secret_problem
from idp.sealing import digest, new_secret

NOW = 1_768_478_400
# Fixed, so that every worker of a parallel run collects the same tests.
OLD, CURRENT = "dG9tb3Jyb3cgYW5kIHRvbW9ycm93IGFuZCB0b21vcnI", "Y3JlZXBzIGluIHRoaXMgcGV0dHkgcGFjZSBmcm9tIGQ"


def client_with(*secrets: tuple[str, int | None]) -> Client:
    """A client that has these secrets."""
    client = parse_client_metadata("portal", {"application_type": "service"})
    return replace(client, secret_digests=tuple((digest(secret), expires_at) for secret, expires_at in secrets))


def test_every_secret_that_has_not_expired_opens() -> None:
    """While a secret is being replaced, the old one works until its end."""
    client = client_with((CURRENT, None), (OLD, NOW + 1))
    assert secret_matches(client, CURRENT, NOW)
    assert secret_matches(client, OLD, NOW)
    assert not secret_matches(client, OLD, NOW + 1)
    assert secret_matches(client, CURRENT, NOW + 1)


@pytest.mark.parametrize(
    "presented", ["", "x", CURRENT[:-1], CURRENT + "A", CURRENT.swapcase(), digest(CURRENT), "ž\ud800"]
)
def test_nothing_else_opens(presented: str) -> None:
    """Neither a part of the secret, nor its digest, nor nothing."""
    assert not secret_matches(client_with((CURRENT, None)), presented, NOW)


@pytest.mark.parametrize("presented", ["", CURRENT])
def test_without_secrets_nothing_opens(presented: str) -> None:
    """A public client, an expired one and an unknown one are refused, the empty secret included."""
    assert not secret_matches(client_with(), presented, NOW)
    assert not secret_matches(client_with((CURRENT, NOW)), presented, NOW)
    assert not secret_matches(None, presented, NOW)


@pytest.mark.requirement("TK-14")
def test_the_number_of_comparisons_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call compares in constant time, and as often for no client as for one with two secrets, right or wrong."""
    compared: list[int] = []
    real = hmac.compare_digest

    def counting(first: str, second: str) -> bool:
        compared[-1] += 1
        return real(first, second)

    monkeypatch.setattr("idp.clients.secret.hmac.compare_digest", counting)
    both = client_with((CURRENT, None), (OLD, None))
    for client, presented in ((None, CURRENT), (client_with(), ""), (both, CURRENT), (both, OLD), (both, "wrong")):
        compared.append(0)
        secret_matches(client, presented, NOW)
    assert set(compared) == {4}


@pytest.mark.parametrize(
    ("secret", "is_good"), [(CURRENT, True), ("short", False), ("ž" * 40, False), ("a\n" * 20, False)]
)
def test_a_secret_from_elsewhere_must_be_long(secret: str, is_good: bool) -> None:
    """A plain digest is enough only for what nobody can guess."""
    assert (secret_problem(secret) is None) is is_good


def test_any_number_of_secrets_is_compared() -> None:
    """The padding hides a number; it does not limit it."""
    secrets = [new_secret() for _ in range(9)]
    assert secret_matches(client_with(*((secret, None) for secret in secrets)), secrets[-1], NOW)
