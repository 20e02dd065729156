"""JWE to a client's key: readable by the client alone, by the algorithms that it asked for."""

from typing import Any

import pytest
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from idp.clients.client import InvalidClientMetadata
from idp.clients.metadata import parse_client_metadata
from idp.protocol.encrypted_to_client import (
    CONTENT_ENCRYPTIONS,
    ENCRYPTION_ALGORITHMS,
    Encryption,
    NoEncryptionKey,
    encrypt_to,
)
from idp.protocol.key_sets import PublicKey, candidates, parse_key_set

RSA = RSAKey.generate_key(2048, private=True)
EC = ECKey.generate_key("P-256", private=True)
X25519 = OKPKey.generate_key("X25519", private=True)
ED25519 = OKPKey.generate_key("Ed25519", private=True)


def public(key: Key, **members: Any) -> dict[str, Any]:
    return {**key.as_dict(private=False), **members}


def key_set(*keys: dict[str, Any]) -> tuple[PublicKey, ...]:
    return parse_key_set({"keys": list(keys)})


def opened(token: str, key: Key) -> jwe.CompactEncryption:
    registry = jwe.JWERegistry(algorithms=[*ENCRYPTION_ALGORITHMS, *CONTENT_ENCRYPTIONS])
    return jwe.decrypt_compact(token, key, registry=registry)


@pytest.mark.parametrize("enc", CONTENT_ENCRYPTIONS)
@pytest.mark.parametrize("alg", ENCRYPTION_ALGORITHMS)
def test_the_client_alone_opens_it(alg: str, enc: str) -> None:
    """Every pair; the header names the key and the algorithms, and a nested JWT says that it is one."""
    key = RSA if alg.startswith("RSA") else EC
    other = RSAKey.generate_key(2048) if alg.startswith("RSA") else ECKey.generate_key("P-256")
    token = encrypt_to(key_set(public(key, kid="mine", use="enc")), Encryption(alg, enc), "a.b.c", is_jwt=True)
    content = opened(token, key)
    assert content.plaintext == b"a.b.c"
    header = content.headers()
    assert {name: header[name] for name in ("alg", "enc", "kid", "cty")} == {
        "alg": alg, "enc": enc, "kid": "mine", "cty": "JWT",
    }  # fmt: skip
    assert "zip" not in header
    with pytest.raises(JoseError):
        opened(token, other)


@pytest.mark.requirement("JW-13")
def test_nothing_weak_is_offered() -> None:
    """No RSA1_5, no passwords, no shared secrets."""
    weak = ("RSA1_5", "dir", "PBES2", "A128KW", "A256KW", "A128GCMKW")
    assert not [alg for alg in ENCRYPTION_ALGORITHMS if alg.startswith(weak)]


def test_plain_content_is_not_called_a_jwt() -> None:
    """RFC 7519 §5.2: `cty` is for nested JWTs; and a key without a name is not given one."""
    token = encrypt_to(key_set(public(EC)), Encryption("ECDH-ES"), "{}", is_jwt=False)
    assert not {"cty", "kid"} & opened(token, EC).headers().keys()


def test_the_key_that_is_meant_for_it_is_used() -> None:
    """RFC 7517 §4.2: `use: enc` before none, `use: sig` never, another `alg` never, another kind never."""
    other = ECKey.generate_key("P-256")
    keys = key_set(
        public(other, kid="sig", use="sig"),
        public(other, kid="other-alg", use="enc", alg="ECDH-ES+A256KW"),
        public(RSA, kid="rsa", use="enc"),
        public(ED25519, kid="ed"),
        public(other, kid="both"),
        public(EC, kid="enc", use="enc"),
    )
    content = opened(encrypt_to(keys, Encryption("ECDH-ES"), "x", is_jwt=False), EC)
    assert content.headers()["kid"] == "enc"
    token = encrypt_to(key_set(public(X25519)), Encryption("ECDH-ES"), "x", is_jwt=False)
    assert opened(token, X25519).plaintext == b"x"
    for unfit in (keys[:4], ()):
        with pytest.raises(NoEncryptionKey):
            encrypt_to(unfit, Encryption("ECDH-ES"), "x", is_jwt=False)


def test_a_key_for_encryption_verifies_nothing() -> None:
    """RFC 7517 §4.2: a signature by a key with `use: enc` is not one of the client."""
    keys = key_set(public(EC, kid="enc", use="enc"), public(ECKey.generate_key("P-256"), kid="sig", use="sig"))
    assert [each.kid for each in candidates(keys, kid=None, alg="ES256")] == ["sig"]
    assert candidates(keys, kid="enc", alg="ES256") == []


ENC_KEY = {"keys": [public(EC, kid="enc", use="enc")]}
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "enc without alg": ({"id_token_encrypted_response_enc": "A128GCM"}, "id_token_encrypted_response_enc"),
    "no keys": ({"id_token_encrypted_response_alg": "ECDH-ES"}, "id_token_encrypted_response_alg"),
    "no key of that kind": (
        {"userinfo_encrypted_response_alg": "RSA-OAEP-256", "jwks": ENC_KEY},
        "userinfo_encrypted_response_alg",
    ),
    "weak alg": ({"id_token_encrypted_response_alg": "RSA1_5", "jwks": ENC_KEY}, "id_token_encrypted_response_alg"),
    "unknown enc": (
        {"id_token_encrypted_response_alg": "ECDH-ES", "id_token_encrypted_response_enc": "none", "jwks": ENC_KEY},
        "id_token_encrypted_response_enc",
    ),
    "an address for the front channel": (
        {
            "id_token_encrypted_response_alg": "ECDH-ES",
            "jwks_uri": "https://app.example/jwks",
            "response_types": ["code id_token"],
            "grant_types": ["authorization_code", "implicit"],
        },
        "id_token_encrypted_response_alg",
    ),
    "a key for encryption does not authenticate": (
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": ENC_KEY},
        "token_endpoint_auth_method",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_work_is_not_registered(case: str) -> None:
    """OIDC Registration §2."""
    metadata, member = REFUSED[case]
    with pytest.raises(InvalidClientMetadata) as refusal:
        parse_client_metadata("app", {"redirect_uris": ["https://app.example/cb"], **metadata})
    assert refusal.value.member == member


def test_the_content_encryption_has_the_default_of_the_specification() -> None:
    """OIDC Registration §2: A128CBC-HS256; and what nobody asked for is not encrypted."""
    metadata = {"id_token_encrypted_response_alg": "ECDH-ES", "jwks": ENC_KEY}
    client = parse_client_metadata("app", {"redirect_uris": ["https://app.example/cb"], **metadata})
    assert client.id_token_encryption == Encryption("ECDH-ES", "A128CBC-HS256")
    assert client.userinfo.encryption is None
