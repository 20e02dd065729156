"""The payloads of ID tokens and access tokens."""

import hashlib

import pytest

from idp.protocol.token_claims import (
    RESERVED_CLAIMS,
    AccessToken,
    Authentication,
    IdToken,
    access_token_claims,
    half_hash,
    id_token_claims,
)
from idp.sealing import base64url

LOGIN = Authentication(auth_time=1_768_478_000, acr="urn:idp:acr:otp", amr=("pwd", "otp"), session_id="sid-1")
ID_TOKEN = IdToken(
    issuer="https://login.example.com",
    subject="acc_1",
    client_id="portal",
    issued_at=1_768_478_400,
    lifetime=3600,
    authentication=LOGIN,
    nonce="n-0S6_WzA2Mj",
    ua_binding={"mode": "stable", "digest": "d"},
    access_token="a.b.c",
)
ACCESS_TOKEN = AccessToken(
    issuer="https://login.example.com",
    subject="acc_1",
    client_id="portal",
    audience=("https://api.example.com",),
    scope=("openid", "email"),
    token_id="jti-1",
    issued_at=1_768_478_400,
    lifetime=900,
    authentication=LOGIN,
    grant_id="grant-1",
    ua_binding={"mode": "stable", "digest": "d"},
)


@pytest.mark.requirement("JW-17")
def test_an_id_token_says_what_the_specification_wants() -> None:
    """OpenID Connect Core §2: all of it, and nothing else."""
    assert id_token_claims(ID_TOKEN, alg="ES256") == {
        "iss": "https://login.example.com",
        "sub": "acc_1",
        "aud": "portal",
        "exp": 1_768_482_000,
        "iat": 1_768_478_400,
        "auth_time": 1_768_478_000,
        "acr": "urn:idp:acr:otp",
        "amr": ["pwd", "otp"],
        "sid": "sid-1",
        "nonce": "n-0S6_WzA2Mj",
        "at_hash": base64url(hashlib.sha256(b"a.b.c").digest()[:16]),
        "ua_binding": {"mode": "stable", "digest": "d"},
    }


def test_what_there_is_not_is_left_out() -> None:
    """No nonce, access token or binding: no claim, rather than an empty one."""
    bare = ID_TOKEN._replace(nonce=None, access_token=None, ua_binding=None)
    assert id_token_claims(bare, alg="ES256").keys().isdisjoint({"nonce", "at_hash", "ua_binding"})


def test_an_access_token_says_what_rfc_9068_wants() -> None:
    """RFC 9068 §2.2, with the login it came from."""
    assert access_token_claims(ACCESS_TOKEN) == {
        "iss": "https://login.example.com",
        "sub": "acc_1",
        "aud": "https://api.example.com",
        "client_id": "portal",
        "jti": "jti-1",
        "exp": 1_768_479_300,
        "iat": 1_768_478_400,
        "scope": "openid email",
        "auth_time": 1_768_478_000,
        "acr": "urn:idp:acr:otp",
        "amr": ["pwd", "otp"],
        "sid": "sid-1",
        "grant_id": "grant-1",
        "ua_binding": {"mode": "stable", "digest": "d"},
    }


def test_a_clients_own_token_says_nothing_of_a_person() -> None:
    """With client_credentials there is no login to speak of."""
    own = ACCESS_TOKEN._replace(
        subject="portal",
        authentication=None,
        grant_id=None,
        ua_binding=None,
        scope=(),
        audience=("a", "b"),
    )
    claims = access_token_claims(own)
    assert claims["sub"] == claims["client_id"] == "portal"
    assert claims["aud"] == ["a", "b"]
    assert claims.keys() == {"iss", "sub", "aud", "client_id", "jti", "exp", "iat"}


@pytest.mark.requirement("JW-18")
@pytest.mark.parametrize("name", sorted(RESERVED_CLAIMS))
def test_extra_claims_cannot_replace_ours(name: str) -> None:
    """A mapper that sets what only the provider says fails loudly."""
    with pytest.raises(ValueError, match="reserved"):
        id_token_claims(ID_TOKEN, alg="ES256", extra={name: "x"})
    with pytest.raises(ValueError, match="reserved"):
        access_token_claims(ACCESS_TOKEN, extra={name: "x"})


@pytest.mark.requirement("JW-18")
def test_every_claim_of_ours_is_reserved() -> None:
    """No claim that the builders make could be set by anybody else."""
    made = id_token_claims(ID_TOKEN, alg="ES256").keys() | access_token_claims(ACCESS_TOKEN).keys()
    assert made <= RESERVED_CLAIMS


def test_extra_claims_are_added() -> None:
    """A claim of another name goes into the token."""
    assert id_token_claims(ID_TOKEN, alg="ES256", extra={"name": "Jana"})["name"] == "Jana"
    assert access_token_claims(ACCESS_TOKEN, extra={"roles": ["admin"]})["roles"] == ["admin"]


@pytest.mark.requirement("JW-17")
@pytest.mark.parametrize(
    ("alg", "length"), [("ES256", 22), ("RS256", 22), ("PS256", 22), ("EdDSA", 43), ("Ed25519", 43)]
)
def test_half_of_the_signatures_hash(alg: str, length: int) -> None:
    """16 of SHA-256's 32 bytes, or 32 of SHA-512's 64."""
    assert len(half_hash("token", alg)) == length


def test_an_unknown_algorithm_has_no_hash() -> None:
    """A token is never issued with the hash silently missing."""
    with pytest.raises(KeyError):
        half_hash("token", "none")
