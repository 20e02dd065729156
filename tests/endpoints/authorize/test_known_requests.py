"""A request like one before is judged as if it were the first."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from idp.clients.client import Client
from idp.endpoints.authorize.asked import Asked
from idp.endpoints.authorize.checks import CHECKS
from idp.endpoints.authorize.known_requests import ALWAYS_ASKED, OF_ONE_REQUEST, KnownRequests
from idp.protocol.errors import OAuthError
from tests.support.provider import Provider

REQUEST = {
    "client_id": "shop",
    "redirect_uri": "https://shop.example/cb",
    "response_type": "code",
    "scope": "openid email",
    "state": "a state",
    "nonce": "a nonce",
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_challenge_method": "S256",
}


class Watched(Mapping[str, str]):
    """Parameters that know which of them were looked at."""

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self.seen = set[str]()
        self._parameters = parameters

    def __getitem__(self, name: str) -> str:
        self.seen.add(name)
        return self._parameters[name]

    def __iter__(self) -> Iterator[str]:
        self.seen.update(OF_ONE_REQUEST)
        return iter(self._parameters)

    def __len__(self) -> int:
        return len(self._parameters)


@pytest.fixture
async def asked(provider: Provider) -> Asked:
    """A good request."""
    await provider.client("shop")
    client = await provider.wiring.clients.get("shop")
    assert client is not None
    return _asked(provider, client)


def _asked(provider: Provider, client: Client) -> Asked:
    wiring = provider.wiring
    return Asked(
        REQUEST,
        client,
        issuer=wiring.settings.issuer,
        detail_types=wiring.detail_types,
        levels=wiring.levels,
        read_hint={"a token": "an account"}.get,
    )


def _says(asked: Asked, **changes: str) -> Asked:
    return asked._replace(parameters={**REQUEST, **changes})


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_who_looks_at_what_each_request_has_of_its_own_is_always_asked(asked: Asked, check: Any) -> None:
    """And nobody else is."""
    parameters = Watched(REQUEST)
    check(asked._replace(parameters=parameters))
    assert bool(parameters.seen & OF_ONE_REQUEST) == (check in ALWAYS_ASKED)


def test_each_request_has_its_own_members(asked: Asked) -> None:
    """Nonce and challenge are not those of the request before."""
    known = KnownRequests()
    first = known.members(asked)
    other = "x" * 43
    second = known.members(_says(asked, nonce="another", code_challenge=other))
    assert second == {**first, "nonce": "another", "code_challenge": other}
    assert known.members(asked) == first


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"nonce": "n" * 5000}, "nonce is too long."),
        ({"code_challenge": "short"}, "code_challenge is not an S256 challenge."),
        ({"code_challenge_method": "plain"}, "code_challenge_method must be S256."),
        ({"scope": "openid email nonsense"}, "The client may not ask for one of these scopes."),
        ({"prompt": "none login"}, "prompt=none stands alone."),
        ({"response_type": "token"}, "The response type is not supported for this client."),
    ],
)
def test_a_good_request_lets_no_bad_one_through(asked: Asked, changes: dict[str, str], error: str) -> None:
    """One difference is another request."""
    known = KnownRequests()
    known.members(asked)
    for _ in range(2):
        with pytest.raises(OAuthError) as refused:
            known.members(_says(asked, **changes))
        assert refused.value.description == error


def test_how_it_came_counts_too(asked: Asked) -> None:
    """What was fine is not any more, once the installation or the client wants it pushed, or has fewer scopes."""
    known = KnownRequests()
    known.members(asked)
    for changed in (
        asked._replace(must_be_pushed=True),
        asked._replace(client=replace(asked.client, scope=("openid",))),
    ):
        with pytest.raises(OAuthError):
            known.members(changed)
    known.members(asked._replace(must_be_pushed=True, is_pushed=True))
    with pytest.raises(OAuthError):
        known.members(asked._replace(must_be_pushed=True))


def test_a_hint_is_read_each_time(asked: Asked) -> None:
    """What it is worth changes with the time."""
    known = KnownRequests()
    hinted = _says(asked, id_token_hint="a token")
    assert known.members(hinted)["id_token_hint_subject"] == "an account"
    with pytest.raises(OAuthError):
        known.members(hinted._replace(read_hint=lambda _: None))


def test_the_memory_has_a_bound(asked: Asked) -> None:
    """Whoever makes up requests fills none."""
    known = KnownRequests()
    for number in range(300):
        known.members(_says(asked, login_hint=f"person{number}"))
    assert len(known._known) <= 128
