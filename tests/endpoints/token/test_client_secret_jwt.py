"""`client_secret_jwt`: the assertion of `private_key_jwt`, under a MAC whose key is the client's secret."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from idp.administration.clients import Declaration, register_client, rotate_secret
from idp.administration.refusal import Refused
from idp.clients.client import InvalidClientMetadata
from idp.clients.metadata import parse_client_metadata
from idp.clients.table import client_secrets
from idp.sealing import new_secret
from tests.support.calls import basic, json_of, post
from tests.support.client_keys import ClientKey
from tests.support.provider import Provider

GRANT = {"grant_type": "client_credentials"}
ROBOT = "robot"
ALGORITHMS = ["HS256", "HS384", "HS512"]
METADATA = {"application_type": "service", "scope": "api.read", "token_endpoint_auth_method": "client_secret_jwt"}


async def robot(provider: Provider, **metadata: Any) -> str:
    """The secret of a service that signs with it."""
    return (await provider.client(ROBOT, **METADATA, **metadata)).secret


async def verdict(provider: Provider, parameters: dict[str, str], *headers: tuple[str, str]) -> str:
    answer = await post(provider, "/token", GRANT | parameters, *headers)
    return "good" if answer.status == 200 else f"{answer.status} {json_of(answer)['error']}"


@pytest.mark.requirement("TK-15", "OC-13")
@pytest.mark.parametrize("alg", ALGORITHMS)
async def test_each_algorithm_authenticates(provider: Provider, alg: str) -> None:
    """A generated secret is long enough for all of them (RFC 7518 §3.2), and nothing else is sent."""
    key, issuer, now = ClientKey.of_secret(await robot(provider), alg), provider.issuer, provider.clock.now()
    for audience in (issuer, f"{issuer}/token", [issuer]):
        assert await verdict(provider, key.assertion(ROBOT, audience, now)) == "good"
    assert await verdict(provider, key.assertion(ROBOT, issuer, now) | {"client_id": ROBOT}) == "good"


@pytest.mark.requirement("TK-15", "TK-13")
async def test_everything_else_is_refused(provider: Provider) -> None:
    """The rules for claims are those of `private_key_jwt`; the secret itself, or another's, proves nothing here."""
    secret = await robot(provider)
    key, issuer, now = ClientKey.of_secret(secret), provider.issuer, provider.clock.now()
    good = key.assertion(ROBOT, issuer, now)
    tries = {
        "another secret": ClientKey.of_secret(new_secret()).assertion(ROBOT, issuer, now),
        "its digest": ClientKey.of_secret(await _digest(provider)).assertion(ROBOT, issuer, now),
        "client_id is not sub": key.assertion(ROBOT, issuer, now) | {"client_id": "other"},
        "sub is not iss": key.assertion(ROBOT, issuer, now, iss="other"),
        "another audience": key.assertion(ROBOT, "https://other.example", now),
        "ours among others": key.assertion(ROBOT, [issuer, "https://other.example"], now),
        "expired": key.assertion(ROBOT, issuer, now, exp=now),
        "lives too long": key.assertion(ROBOT, issuer, now, exp=now + 311),
        "no jti": key.assertion(ROBOT, issuer, now, jti=None),
        "cut": good | {"client_assertion": good["client_assertion"][:-4]},
        "no signature": good | {"client_assertion": good["client_assertion"].rpartition(".")[0] + "."},
        "a key pair": ClientKey.generate().assertion(ROBOT, issuer, now),
        "the secret in the form": {"client_id": ROBOT, "client_secret": secret},
        "its name alone": {"client_id": ROBOT},
    }
    answers = {name: await verdict(provider, parameters) for name, parameters in tries.items()}
    assert answers == dict.fromkeys(tries, "401 invalid_client")
    assert await verdict(provider, {}, basic(ROBOT, secret)) == "401 invalid_client"
    assert await verdict(provider, good, basic(ROBOT, secret)) == "400 invalid_request"
    assert await verdict(provider, good) == "good"


async def _digest(provider: Provider) -> str:
    async with provider.wiring.database.reading() as db:
        return str(await db.scalar(select(client_secrets.c.digest)))


@pytest.mark.requirement("JW-01")
async def test_a_public_key_is_no_secret(provider: Provider) -> None:
    """A client with a key pair cannot be imitated by a MAC under its public key, nor by one under any secret."""
    key, now = ClientKey.generate(), provider.clock.now()
    metadata = METADATA | {"token_endpoint_auth_method": "private_key_jwt", "jwks": key.jwks}
    await provider.client(ROBOT, **metadata)
    for secret in (json.dumps(key.public_jwk), new_secret()):
        forged = ClientKey.of_secret(secret).assertion(ROBOT, provider.issuer, now)
        assert await verdict(provider, forged) == "401 invalid_client"
    assert await verdict(provider, key.assertion(ROBOT, provider.issuer, now)) == "good"


@pytest.mark.requirement("TK-15")
async def test_an_assertion_counts_once(any_provider: Provider) -> None:
    """Of eight at the same moment one is accepted, and none afterwards."""
    key = ClientKey.of_secret(await robot(any_provider))
    assertion = key.assertion(ROBOT, any_provider.issuer, any_provider.clock.now())
    answers = await asyncio.gather(*(verdict(any_provider, assertion) for _ in range(8)))
    assert sorted(answers) == ["401 invalid_client"] * 7 + ["good"]
    assert await verdict(any_provider, assertion) == "401 invalid_client"


@pytest.mark.requirement("TK-10")
async def test_the_secret_is_kept_sealed_and_only_where_it_is_needed(provider: Provider) -> None:
    """Beside its digest, never in the clear; no secret of any other method can be read again."""
    secrets = {ROBOT: await robot(provider), "shop": (await provider.client("shop")).secret}
    async with provider.wiring.database.reading() as db:
        rows = {row.client_id: row for row in await db.execute(select(client_secrets))}
    assert rows["shop"].sealed is None
    assert secrets[ROBOT].encode() not in rows[ROBOT].sealed
    assert len(secrets[ROBOT]) == 64


async def test_a_rotated_secret(provider: Provider) -> None:
    """The old one signs until its overlap is over, the new one from now on."""
    old = ClientKey.of_secret(await robot(provider))
    async with provider.wiring.database.writing() as db:
        fresh = await rotate_secret(
            db, ROBOT, overlap=timedelta(minutes=1), origin=provider.origin(), keys=provider.keys
        )
    provider.wiring.clients.forget()
    new = ClientKey.of_secret(fresh)
    for key in (old, new):
        assert await verdict(provider, key.assertion(ROBOT, provider.issuer, provider.clock.now())) == "good"
    provider.clock.advance(minutes=1)
    now = provider.clock.now()
    assert await verdict(provider, old.assertion(ROBOT, provider.issuer, now)) == "401 invalid_client"
    assert await verdict(provider, new.assertion(ROBOT, provider.issuer, now)) == "good"


async def test_a_secret_that_is_too_short_for_the_hash(provider: Provider) -> None:
    """RFC 7518 §3.2: the key of HMAC is as long as its hash. A declared secret of 32 bytes is for HS256 alone."""
    secret = "x" * 32
    async with provider.wiring.database.writing() as db:
        declaration = Declaration(ROBOT, METADATA, secret)
        await register_client(db, declaration, source="cli", origin=provider.origin(), keys=provider.keys)
    issuer, now = provider.issuer, provider.clock.now()
    answers = [
        await verdict(provider, ClientKey.of_secret(secret, alg).assertion(ROBOT, issuer, now)) for alg in ALGORITHMS
    ]
    assert answers == ["good", "401 invalid_client", "401 invalid_client"]


async def test_only_the_registered_algorithm(provider: Provider) -> None:
    """`token_endpoint_auth_signing_alg`: a client that says HS512 is not believed in another."""
    secret, now = await robot(provider, token_endpoint_auth_signing_alg="HS512"), provider.clock.now()
    answers = [
        await verdict(provider, ClientKey.of_secret(secret, alg).assertion(ROBOT, provider.issuer, now))
        for alg in ALGORITHMS
    ]
    assert answers == ["401 invalid_client", "401 invalid_client", "good"]


async def test_without_the_master_key_there_is_no_such_client(provider: Provider) -> None:
    """A secret that could never be read again is refused at once, and nothing of it is kept."""
    with pytest.raises(Refused, match="sealed"):
        async with provider.wiring.database.writing() as db:
            await register_client(db, Declaration(ROBOT, METADATA), source="cli", origin=provider.origin())
    assert await provider.wiring.clients.get(ROBOT) is None


@pytest.mark.parametrize(
    ("method", "alg"), [("client_secret_jwt", "ES256"), ("private_key_jwt", "HS256"), ("client_secret_basic", "HS256")]
)
def test_an_algorithm_that_does_not_go_with_the_method(method: str, alg: str) -> None:
    """A MAC takes a secret, a signature takes a key."""
    keys = {"jwks": ClientKey.generate().jwks} if method == "private_key_jwt" else {}
    metadata = METADATA | {"token_endpoint_auth_method": method, "token_endpoint_auth_signing_alg": alg} | keys
    with pytest.raises(InvalidClientMetadata, match="does not go with"):
        parse_client_metadata(ROBOT, metadata)
