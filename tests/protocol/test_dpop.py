"""What a DPoP proof must say, one check at a time (RFC 9449 §4.3)."""

import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from idp.protocol.dpop import DPOP_ALGORITHMS, ProofRefused, is_thumbprint, read_proof
from idp.protocol.one_algorithm import one_algorithm
from idp.sealing import base64url
from tests.support.client_keys import ClientKey

NOW = 1_760_000_000
ADDRESS = "https://login.example.com/token"
KEY = ClientKey.generate()
CLAIMS = {"htm": "POST", "htu": ADDRESS, "iat": NOW, "jti": "one"}


def proof(claims: dict[str, Any] | None = None, key: ClientKey = KEY, **header: Any) -> str:
    """A good proof with these claims and header members instead; a None leaves one out."""
    given = {name: value for name, value in (CLAIMS | (claims or {})).items() if value is not None}
    return key.sign(given, **({"typ": "dpop+jwt", "jwk": key.key.as_dict(private=False), "kid": None} | header))


def read(token: str, method: str = "POST", address: str = ADDRESS) -> str:
    return read_proof(token, method=method, addresses={address}, now=NOW).thumbprint


def refusal(token: str) -> str:
    with pytest.raises(ProofRefused) as caught:
        read(token)
    return str(caught.value)


@pytest.mark.requirement("JW-21")
@pytest.mark.parametrize("alg", DPOP_ALGORITHMS)
def test_each_algorithm_proves_its_key(alg: str) -> None:
    """The thumbprint is RFC 7638's, of the key in the header."""
    key = ClientKey.generate(alg)
    assert read(proof(key=key)) == key.key.thumbprint()
    assert is_thumbprint(key.key.thumbprint())


@pytest.mark.requirement("JW-21", "JW-06")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"typ": "JWT"}, "typ", id="another type"),
        pytest.param({"typ": "at+jwt"}, "typ", id="an access token"),
        pytest.param({"typ": None}, "typ", id="no type"),
        pytest.param({"jwk": None}, "object", id="no key"),
        pytest.param({"jwk": "x"}, "object", id="a key that is text"),
        pytest.param({"jwk": {}}, "jwk", id="an empty key"),
        pytest.param({"jwk": KEY.key.as_dict(private=True)}, "not public", id="a private key"),
        pytest.param({"jwk": {"kty": "oct", "k": "c2VjcmV0"}}, "not public", id="a symmetric key"),
        pytest.param({"jwk": ClientKey.generate().key.as_dict(private=False)}, "signature", id="another's key"),
        pytest.param(
            {"jwk": ClientKey.generate("EdDSA").key.as_dict(private=False)}, "key", id="a key of another kind"
        ),
        pytest.param({"crit": ["exp"]}, "header", id="crit"),
        pytest.param({"crit": ["b64"], "b64": False}, "format", id="b64"),
    ],
)
def test_the_header(changes: dict[str, Any], reason: str) -> None:
    """Type and key; a key that the token brings in any other way is not looked at."""
    members = {"alg": "ES256", "typ": "dpop+jwt", "jwk": KEY.key.as_dict(private=False)} | changes
    header = base64url(json.dumps({name: value for name, value in members.items() if value is not None}).encode())
    _, payload, signature = proof().split(".")
    assert reason in refusal(f"{header}.{payload}.{signature}")


@pytest.mark.requirement("JW-01", "JW-21")
def test_no_algorithm_but_the_asymmetric_ones() -> None:
    """Neither none, nor a secret that is the public key."""
    public = json.dumps(KEY.key.as_dict(private=False))
    symmetric = jwt.encode(
        {"alg": "HS256", "typ": "dpop+jwt", "jwk": KEY.key.as_dict(private=False)},
        CLAIMS,
        OctKey.import_key(public),
        registry=one_algorithm("HS256"),
    )
    assert refusal(symmetric) == "algorithm"
    for alg in ("none", "None", "", "ES384", "RS512"):
        header = base64url(json.dumps({"alg": alg, "typ": "dpop+jwt"}).encode())
        assert refusal(f"{header}.{base64url(json.dumps(CLAIMS).encode())}.") in {"algorithm", "format"}


@pytest.mark.requirement("JW-21", "JW-04")
@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"htm": "GET"}, "method"),
        ({"htm": "post"}, "method"),
        ({"htm": None}, "method"),
        ({"htu": "https://login.example.com/userinfo"}, "address"),
        ({"htu": "https://other.example.com/token"}, "address"),
        ({"htu": "http://login.example.com/token"}, "address"),
        ({"htu": "https://login.example.com:444/token"}, "address"),
        ({"htu": "https://login.example.com/token/"}, "address"),
        ({"htu": "https://x@login.example.com/token"}, "address"),
        ({"htu": "https://login.example.com:port/token"}, "address"),
        ({"htu": "https://[::1/token"}, "address"),
        ({"htu": "/token"}, "address"),
        ({"htu": 5}, "address"),
        ({"htu": None}, "address"),
        ({"iat": NOW - 61}, "time"),
        ({"iat": NOW + 11}, "time"),
        ({"iat": 10**400}, "time"),
        ({"iat": str(NOW)}, "iat"),
        ({"iat": True}, "iat"),
        ({"iat": None}, "iat"),
        ({"jti": None}, "jti"),
        ({"jti": ""}, "jti"),
        ({"jti": 5}, "jti"),
        ({"jti": "x" * 257}, "jti"),
        ({"nonce": 5}, "claims"),
        ({"ath": []}, "claims"),
    ],
    ids=str,
)
def test_the_claims(claims: dict[str, Any], reason: str) -> None:
    """Each claim is there, of its type, and for this request at this moment."""
    assert refusal(proof(claims)) == reason


@pytest.mark.requirement("JW-21")
@pytest.mark.parametrize(
    "address",
    [
        "HTTPS://login.example.com/token",
        "https://LOGIN.Example.COM/token",
        "https://login.example.com:443/token",
        "https://login.example.com/token?x=1",
        "https://login.example.com/token#x",
    ],
)
def test_an_address_is_compared_as_an_address(address: str) -> None:
    """Scheme and host in any case, the port that goes without saying, no query, no fragment."""
    assert read(proof({"htu": address}))


def test_a_host_without_a_path_and_a_port_of_its_own() -> None:
    """The empty path is the root."""
    assert read(proof({"htu": "http://localhost:8000"}), address="http://localhost:8000/")


@pytest.mark.requirement("JW-21")
@pytest.mark.parametrize(
    "claims",
    [{"iat": NOW - 60}, {"iat": NOW + 10}, {"iat": NOW - 0.5}, {"exp": 1, "nbf": NOW + 900, "extra": [1]}],
    ids=str,
)
def test_what_is_tolerated(claims: dict[str, Any]) -> None:
    """Clocks that differ a little, and claims that mean nothing here, `exp` and `nbf` among them."""
    assert read(proof(claims))


@pytest.mark.requirement("JW-12", "JW-19")
def test_garbage_is_refused() -> None:
    """Whatever it is, it is a refusal and no failure."""
    good = proof()
    head, payload, signature = good.split(".")
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    damaged = [
        good[:-1],
        f"{head}.{payload}.{flipped}",
        f"{head}.{payload}.",
        good + "." + good,
        "..",
        "",
        "é",
        "x" * 20_000,
    ]
    damaged += [f"{head}.{base64url(b'[]')}.{signature}", f"{base64url(b'5')}.{payload}.{signature}", "." * 10_000]
    off_curve = {"kty": "EC", "crv": "P-256", "x": base64url(b"\1" * 32), "y": base64url(b"\1" * 32)}
    damaged.append(proof(jwk=off_curve))
    damaged.append(proof(jwk={"kty": "EC", "crv": "P-192", "x": "AQ", "y": "AQ"}))
    for token in damaged:
        assert refusal(token)


def test_a_thumbprint_is_43_characters() -> None:
    """Of the URL alphabet, no more and no fewer."""
    good = ECKey.generate_key("P-256").thumbprint()
    assert is_thumbprint(good)
    for text in ("", good[:-1], good + "A", good[:-1] + "=", good[:-1] + "é", good[:-1] + " "):
        assert not is_thumbprint(text)
