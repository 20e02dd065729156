"""Request objects that are encrypted to us: signed all the same, one way to encrypt, and from those who registered."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import ECKey, Key, OctKey, RSAKey, import_key

from idp.administration.keys import replace_encryption_key
from idp.audit.events import Event
from idp.keys.encryption.decrypt import NotDecrypted, decrypt
from idp.keys.encryption.key import new_encryption_key
from idp.keys.encryption.ring import EncryptionKeyRing
from idp.protocol.request_encryption import CONTENT_ALGORITHMS, KEY_ALGORITHM
from idp.sealing import MasterKeys, base64url
from tests.support.calls import get, json_of, outcome
from tests.support.client_keys import ClientKey
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty
from tests.support.request_objects import claims_for, push, signing_party, unsigned, url_with, verdict

ANY_ALGORITHM = jwe.JWERegistry(
    algorithms=[
        *("ECDH-ES", "ECDH-ES+A128KW", KEY_ALGORITHM, "RSA-OAEP-256", "dir", "PBES2-HS256+A128KW"),
        *("A256GCM", "A128GCM", "A128CBC-HS256", "DEF"),
    ]
)


async def published(provider: Provider) -> dict[str, Any]:
    """The key of the JWKS that is there to encrypt to."""
    keys = json_of(await get(provider, "/jwks"))["keys"]
    assert all("d" not in key for key in keys)
    [found] = [key for key in keys if key["use"] == "enc"]
    assert found["alg"] == KEY_ALGORITHM
    return dict(found)


def encrypted(content: str, key: Key, **header: Any) -> str:
    members = {"alg": KEY_ALGORITHM, "enc": "A256GCM", "cty": "JWT"} | header
    given = {name: value for name, value in members.items() if value is not None}
    return jwe.encrypt_compact(given, content.encode(), key, registry=ANY_ALGORITHM)


def relabelled(token: str, **header: str) -> str:
    """The same under another header."""
    return ".".join([base64url(json.dumps({"enc": "A256GCM", **header}).encode()), *token.split(".")[1:]])


async def encrypting_party(provider: Provider, key: ClientKey, **metadata: Any) -> RelyingParty:
    return await signing_party(provider, key, request_object_encryption_alg=KEY_ALGORITHM, **metadata)


async def seen(rp: RelyingParty, request: str) -> str:
    url = url_with(rp, request, redirect_uri=rp.client.redirect_uri, state=rp.state)
    return outcome(rp, await get(rp.provider, url), state=rp.state)


@pytest.mark.requirement("AZ-21")
@pytest.mark.parametrize("enc", CONTENT_ALGORITHMS)
async def test_signed_and_encrypted(provider: Provider, enc: str) -> None:
    """RFC 9101 §6.1: with the key's name and without; sent through the browser, and pushed."""
    key = ClientKey.generate()
    rp = await encrypting_party(provider, key)
    ours = await published(provider)
    for kid in (ours["kid"], None):
        token = encrypted(key.sign(claims_for(rp)), import_key(ours), kid=kid, enc=enc)
        assert await seen(rp, token) == "/login"
        assert await verdict(await push(rp, {"request": token})) == "pushed"
    metadata = json_of(await get(provider, "/.well-known/openid-configuration"))
    assert metadata["request_object_encryption_alg_values_supported"] == [KEY_ALGORITHM]
    assert metadata["request_object_encryption_enc_values_supported"] == list(CONTENT_ALGORITHMS)


@pytest.mark.requirement("AZ-21")
async def test_encryption_is_no_signature(provider: Provider) -> None:
    """Unsigned inside, alg none inside, plain claims inside, a stranger's signature inside: all the same refusal."""
    key, stranger = ClientKey.generate(), ClientKey.generate()
    rp = await encrypting_party(provider, key)
    ours = import_key(await published(provider))
    claims = claims_for(rp)
    none = unsigned(claims)
    for inside in (none, json.dumps(claims), stranger.sign(claims), "", "x", encrypted(key.sign(claims), ours)):
        assert await seen(rp, encrypted(inside, ours)) == "invalid_request_object", inside[:20]
    assert await seen(rp, encrypted(key.sign(claims), ours)) == "/login"


@pytest.mark.requirement("AZ-21", "OU-05")
async def test_only_as_registered(provider: Provider) -> None:
    """Another key, algorithm or packing, and a client that did not register for it, get no private key to work."""
    key = ClientKey.generate()
    rp = await encrypting_party(provider, key, request_object_encryption_enc="A256GCM")
    jwk = await published(provider)
    ours, signed = import_key(jwk), key.sign(claims_for(rp))
    secret = OctKey.generate_key(256)
    bad = {
        "another key": encrypted(signed, ECKey.generate_key("P-256")),
        "another name": encrypted(signed, ours, kid="x"),
        "agreed directly": encrypted(signed, ours, alg="ECDH-ES"),
        "wrapped shorter": encrypted(signed, ours, alg="ECDH-ES+A128KW"),
        "RSA": encrypted(signed, RSAKey.generate_key(2048), alg="RSA-OAEP-256"),
        "RSA 1.5": relabelled(encrypted(signed, RSAKey.generate_key(2048), alg="RSA-OAEP-256"), alg="RSA1_5"),
        "a shared secret": encrypted(signed, secret, alg="dir"),
        "a password": encrypted(signed, secret, alg="PBES2-HS256+A128KW"),
        "another content": encrypted(signed, ours, enc="A128GCM"),
        "not the registered content": encrypted(signed, ours, enc="A128CBC-HS256"),
        "packed": encrypted(signed, ours, zip="DEF"),
    }
    assert {name: await seen(rp, token) for name, token in bad.items()} == dict.fromkeys(bad, "invalid_request_object")
    assert await seen(rp, encrypted(signed, ours)) == "/login"
    other = await signing_party(provider, key, "other")
    assert await seen(other, encrypted(key.sign(claims_for(other)), ours)) == "invalid_request_object"


async def test_a_replaced_key_opens_for_another_day(provider: Provider) -> None:
    """The new one is published at once and alone; the old one is gone after a day, and from the table at the next."""
    key = ClientKey.generate()
    rp = await encrypting_party(provider, key)
    before = await published(provider)

    async def replace() -> None:
        wiring = provider.wiring
        await replace_encryption_key(wiring.database, wiring.master_keys, origin=provider.origin())
        await wiring.refresh()

    await replace()
    after = await published(provider)
    assert after["kid"] != before["kid"]
    for jwk, verdict_now in ((before, "/login"), (after, "/login")):
        token = encrypted(key.sign(claims_for(rp)), import_key(jwk), kid=jwk["kid"])
        assert await seen(rp, token) == verdict_now
    provider.clock.advance(hours=24)
    late = encrypted(key.sign(claims_for(rp)), import_key(before), kid=before["kid"])
    assert await seen(rp, late) == "invalid_request_object"
    await replace()
    async with provider.wiring.database.reading() as db:
        assert (await db.exec_driver_sql("SELECT count(*) FROM encryption_keys")).scalar() == 2
    assert (await provider.events()).count(Event.KEY_ROTATED) == 2


_RING = EncryptionKeyRing(MasterKeys(bytes(32)))
_KEY = new_encryption_key(MasterKeys(bytes(32)), now=0)
_RING.hold([_KEY])
_HEADERS = ["apu", "apv", "epk", "kid", "typ", "cty", "iv", "tag", "p2c", "zip"]
_GOOD = encrypted("a.b.c", import_key(dict(_KEY.public_jwk)))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
_EPK = st.fixed_dictionaries(
    {},
    optional={
        "kty": st.sampled_from(["EC", "OKP", "RSA", "oct"]),
        "crv": st.sampled_from(["P-256", "P-384", "X25519", "Ed25519", "x"]),
        "x": st.sampled_from(["AA", "", "A" * 43, "é"]) | _JSON,
        "y": st.sampled_from(["AA", "", "A" * 43]) | _JSON,
        "n": st.just("AA"),
        "e": st.just("AQAB"),
    },
)


@settings(max_examples=300, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    header=st.dictionaries(
        st.sampled_from(["apu", "apv", "epk", "kid", "typ", "cty", "iv", "tag", "p2c", "zip"]), _JSON
    )
    | st.fixed_dictionaries({"epk": _EPK}),
    parts=st.lists(st.sampled_from(["", "AA", "A" * 54, "é", "%%%", "A" * 22]) | st.none(), min_size=4, max_size=4),
)
def test_whatever_is_sent_is_refused_and_nothing_breaks(header: dict[str, Any], parts: list[str | None]) -> None:
    """Headers and parts of any kind under the right algorithm."""
    good = _GOOD.split(".")
    members = {"alg": KEY_ALGORITHM, "enc": "A256GCM", **header}
    first = base64url(json.dumps(members).encode())
    token = ".".join([first, *(part if part is not None else kept for part, kept in zip(parts, good[1:], strict=True))])
    with pytest.raises(NotDecrypted):
        decrypt(_RING, token, enc=None, now=0)
    assert decrypt(_RING, _GOOD, enc=None, now=0) == "a.b.c"
