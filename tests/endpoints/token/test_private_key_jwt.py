"""`private_key_jwt`: a short-lived JWT of the client's own key, for us alone, and once."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from idp.protocol.client_assertion import ASSERTION_TYPE
from idp.sealing import base64url
from tests.outbound.strangers import Stranger, stranger
from tests.support.calls import json_of, post, secret_of
from tests.support.client_keys import ClientKey
from tests.support.clock import MovableClock
from tests.support.provider import Provider, running_provider, test_settings

GRANT = {"grant_type": "client_credentials"}
ROBOT = "robot"
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"]


async def robot(provider: Provider, key: ClientKey, **metadata: Any) -> None:
    """A service that signs with this key."""
    keys = {} if "jwks_uri" in metadata else {"jwks": key.jwks}
    await provider.client(
        ROBOT,
        application_type="service",
        scope="api.read",
        token_endpoint_auth_method="private_key_jwt",
        **(keys | metadata),
    )


async def verdict(provider: Provider, parameters: dict[str, str], path: str = "/token") -> str:
    answer = await post(provider, path, GRANT | {"token": "x"} | parameters if path != "/token" else GRANT | parameters)
    return "good" if answer.status == 200 else f"{answer.status} {json_of(answer)['error']}"


def with_header(parameters: dict[str, str], header: dict[str, Any]) -> str:
    """The same assertion under another header."""
    _, payload, signature = parameters["client_assertion"].split(".")
    return f"{base64url(json.dumps(header).encode())}.{payload}.{signature}"


@pytest.mark.requirement("TK-15", "OC-11")
@pytest.mark.parametrize("alg", ALGORITHMS)
async def test_each_algorithm_authenticates(provider: Provider, alg: str) -> None:
    """At every endpoint where clients authenticate, under either name that we go by, with and without `client_id`."""
    key, issuer, now = ClientKey.generate(alg), provider.issuer, provider.clock.now()
    await robot(provider, key)
    for audience in (issuer, f"{issuer}/token", [f"{issuer}/token"]):
        assert await verdict(provider, key.assertion(ROBOT, audience, now)) == "good"
    assert await verdict(provider, key.assertion(ROBOT, issuer, now) | {"client_id": ROBOT}) == "good"
    for path in ("/introspect", "/revoke"):
        assert await verdict(provider, key.assertion(ROBOT, f"{issuer}{path}", now), path) == "good"


@pytest.mark.requirement("TK-15", "TK-13", "OC-12", "OT-27")
async def test_everything_else_is_refused(provider: Provider) -> None:
    """Another's key, name, audience, time or algorithm; nothing of it says what was wrong."""
    key, other, issuer, now = ClientKey.generate(), ClientKey.generate(), provider.issuer, provider.clock.now()
    await robot(provider, key)
    shop = await provider.client("shop2", application_type="service", scope="api.read")

    def signed(**changes: Any) -> dict[str, str]:
        return key.assertion(ROBOT, issuer, now, **changes)

    good = signed()
    none = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": "eyJhbGciOiJub25lIn0.e30."}
    tries = {
        "another's key": other.assertion(ROBOT, issuer, now),
        "another's name": key.assertion("shop2", issuer, now),
        "issuer is not subject": signed(iss="shop2"),
        "another client_id": signed() | {"client_id": "shop2"},
        "another audience": key.assertion(ROBOT, "https://other.example", now),
        "ours among others": key.assertion(ROBOT, [issuer, "https://other.example"], now),
        "no audience": signed(aud=None),
        "expired": signed(exp=now),
        "lives too long": signed(exp=now + 311),
        "lives for years": signed(exp=now + 10**9),
        "no expiry": signed(exp=None),
        "expiry as text": signed(exp=str(now + 60)),
        "from the future": signed(iat=now + 11),
        "not yet": signed(nbf=now + 11),
        "no jti": signed(jti=None),
        "empty jti": signed(jti=""),
        "endless jti": signed(jti="x" * 257),
        "jti is a number": signed(jti=5),
        "jti is no text": signed(jti="\ud800"),
        "no algorithm": none,
        "cut": signed() | {"client_assertion": good["client_assertion"][:-4]},
        "empty": signed() | {"client_assertion": ""},
        "huge": signed(padding="x" * 17_000),
        "crit": good | {"client_assertion": with_header(good, {"alg": "ES256", "kid": "one", "crit": ["exp"]})},
        "unknown kid": good | {"client_assertion": key.sign({"sub": ROBOT}, kid="two")},
    }
    answers = {name: await verdict(provider, parameters) for name, parameters in tries.items()}
    different = {"another client_id": "401 invalid_client"}
    assert answers == {name: different.get(name, "401 invalid_client") for name in tries}
    assert await verdict(provider, good | {"client_assertion_type": "x"}) == "400 invalid_request"
    both = await post(provider, "/token", GRANT | signed(), secret_of(shop))
    assert (both.status, json_of(both)["error"]) == (400, "invalid_request")
    assert await verdict(provider, {"client_id": ROBOT}) == "401 invalid_client"
    assert await verdict(provider, good) == "good"


@pytest.mark.requirement("TK-15")
async def test_an_assertion_counts_once(any_provider: Provider) -> None:
    """Of twenty at the same moment one is accepted, and none afterwards."""
    key = ClientKey.generate()
    await robot(any_provider, key)
    assertion = key.assertion(ROBOT, any_provider.issuer, any_provider.clock.now())
    answers = await asyncio.gather(*(verdict(any_provider, assertion) for _ in range(20)))
    assert sorted(answers) == ["401 invalid_client"] * 19 + ["good"]
    assert await verdict(any_provider, assertion) == "401 invalid_client"


@pytest.mark.requirement("TK-15")
async def test_not_on_another_node_nor_after_a_restart(database_url: str, tmp_path: Path, clock: MovableClock) -> None:
    """What was accepted is a row: another process on the same database refuses it."""
    key, settings = ClientKey.generate(), test_settings(database_url, tmp_path / "var")
    async with running_provider(settings, clock) as first:
        await robot(first, key)
        assertion = key.assertion(ROBOT, first.issuer, clock.now())
        assert await verdict(first, assertion) == "good"
        async with running_provider(settings, clock) as second:
            assert await verdict(second, assertion) == "401 invalid_client"
            assert await verdict(second, key.assertion(ROBOT, first.issuer, clock.now())) == "good"


async def test_only_the_registered_algorithm(provider: Provider) -> None:
    """A client that says PS256 is not believed in RS256, though the key could do both."""
    key = ClientKey.generate("RS256")
    await robot(
        provider,
        key,
        token_endpoint_auth_signing_alg="PS256",
        jwks={"keys": [{**key.public_jwk, "alg": "PS256"}]},
    )
    issuer, now = provider.issuer, provider.clock.now()
    assert await verdict(provider, key.assertion(ROBOT, issuer, now)) == "401 invalid_client"
    same = ClientKey("PS256", key.kid, key.key)
    assert await verdict(provider, same.assertion(ROBOT, issuer, now)) == "good"


def serving(keys: Callable[[], bytes]) -> Any:
    async def behave(writer: asyncio.StreamWriter) -> None:
        body = keys()
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    return behave


@pytest.mark.requirement("OU-05", "OC-33", "OT-18")
async def test_keys_at_an_address_are_read_when_they_are_needed(provider: Provider) -> None:
    """Once for many, again for a key that is new, and never because a stranger makes names up."""

    first, second = ClientKey.generate(kid="one"), ClientKey.generate("EdDSA", kid="two")
    published = [first]
    keys = serving(lambda: json.dumps({"keys": [key.public_jwk for key in published]}).encode())
    issuer, clock = provider.issuer, provider.clock
    async with stranger(keys) as server:
        await robot(provider, first, jwks_uri=server.url("/keys"))
        for _ in range(3):
            assert await verdict(provider, first.assertion(ROBOT, issuer, clock.now())) == "good"
        assert len(server.requests) == 1
        await _make_names_up(provider, server)
        published[:] = [second]
        assert await verdict(provider, second.assertion(ROBOT, issuer, clock.now())) == "401 invalid_client"
        clock.advance(seconds=10)
        assert await verdict(provider, second.assertion(ROBOT, issuer, clock.now())) == "good"
        assert len(server.requests) == 2
        # The old key is gone from the set: once the minute is over it counts no more.
        assert await verdict(provider, first.assertion(ROBOT, issuer, clock.now())) == "401 invalid_client"


async def _make_names_up(provider: Provider, server: Stranger) -> None:
    """Requests with keys of nobody, or for somebody else, cause no fetch."""
    forged, before = ClientKey.generate(kid="made up"), len(server.requests)
    for number in range(25):
        changes = {"aud": "https://other.example"} if number % 2 else {"exp": 1}
        await verdict(provider, forged.assertion(ROBOT, provider.issuer, provider.clock.now(), **changes))
        await verdict(provider, forged.assertion(ROBOT, provider.issuer, provider.clock.now()))
    assert len(server.requests) == before


async def test_keys_that_cannot_be_read_just_now(provider: Provider) -> None:
    """Those read before stay in force; without any, the answer is a prompt invalid_client."""

    key = ClientKey.generate()
    bodies = [json.dumps(key.jwks).encode(), b"<html>", b'{"keys": 5}']
    async with stranger(serving(lambda: bodies[0] if len(bodies) == 1 else bodies.pop(0))) as server:
        await robot(provider, key, jwks_uri=server.url("/keys"))
        for _ in range(3):
            assert await verdict(provider, key.assertion(ROBOT, provider.issuer, provider.clock.now())) == "good"
            provider.clock.advance(minutes=2)
    await provider.client(
        "gone", application_type="service", token_endpoint_auth_method="private_key_jwt", jwks_uri=server.url("/none")
    )
    assertion = key.assertion("gone", provider.issuer, provider.clock.now())
    assert await verdict(provider, assertion) == "401 invalid_client"
