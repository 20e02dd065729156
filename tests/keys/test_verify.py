"""Attacks on the tokens that come back to us. Nothing but our own tokens of the right kind may pass."""

import base64
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.jwk import ECKey, Key, RSAKey

from idp.keys.algorithms import ALGORITHMS
from idp.keys.own_key import OwnKey
from idp.keys.ring import KeyRing
from idp.keys.sign import sign_jwt
from idp.keys.signing_key import KeyState, SigningKey, new_signing_key
from idp.keys.verify import InvalidToken, verify_own_jwt
from idp.sealing import MasterKeys

NOW = 1_768_478_400
ISSUER = "https://login.example.com"
TYP = "at+jwt"
API = "https://api.example.com"

Claims = dict[str, Any]


@cache
def _rows() -> dict[str, SigningKey]:
    keys = MasterKeys(bytes(range(32)))
    return {alg: replace(new_signing_key(alg, keys, now=NOW), state=KeyState.CURRENT) for alg in ALGORITHMS}


@pytest.fixture(scope="module")
def ring() -> KeyRing:
    """A ring with one current key of each algorithm."""
    keys = MasterKeys(bytes(range(32)))
    ring = KeyRing(keys)
    ring.hold(list(_rows().values()))
    return ring


def good_claims(**changes: object) -> Claims:
    claims = {"iss": ISSUER, "aud": "https://api.example.com", "sub": "acc_1", "iat": NOW, "exp": NOW + 900}
    claims.update(changes)
    return {name: value for name, value in claims.items() if value is not None}


def verify(ring: KeyRing, token: str, **changes: Any) -> Claims:
    return verify_own_jwt(ring, token, **{"typ": TYP, "issuer": ISSUER, "now": NOW, **changes})


def segment(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(ring: KeyRing, payload: bytes | Claims, *, alg: str = "ES256", **header: object) -> str:
    """A token under the ring's own key: what only we can make, with any header and any payload."""
    own = ring.signing_key(alg)
    full = {"alg": alg, "kid": own.kid, "typ": TYP, **header}
    signing_input = f"{segment({k: v for k, v in full.items() if v is not None})}.{segment(payload)}"
    algorithm = jws.JWSRegistry.algorithms[alg]
    return f"{signing_input}.{segment(algorithm.sign(signing_input.encode(), own.key))}"


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_own_token_is_accepted(ring: KeyRing, alg: str) -> None:
    """What sign_jwt makes, verify_own_jwt reads, in every algorithm; the header has kid and typ."""
    token = sign_jwt(ring, alg, good_claims(), TYP)
    header = jws.extract_compact(token.encode()).headers()

    assert header == {"alg": alg, "kid": _rows()[alg].kid, "typ": TYP}
    assert verify(ring, token) == good_claims()


@pytest.mark.requirement("JW-01")
@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "NONE", "", None, 5, ["ES256"], "HS256", "RS512", "PS256"])
@pytest.mark.parametrize("signature", ["kept", "empty"])
def test_other_algorithms_are_refused(ring: KeyRing, alg: object, signature: str) -> None:
    """A header that names no algorithm of ours fails, whatever stands in the signature."""
    token = sign_jwt(ring, "ES256", good_claims(), TYP)
    _, payload, tail = token.split(".")
    header = segment({"alg": alg, "kid": _rows()["ES256"].kid, "typ": TYP})

    with pytest.raises(InvalidToken):
        verify(ring, f"{header}.{payload}.{tail if signature == 'kept' else ''}")


def _pem(key: Key) -> bytes:
    return key.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[union-attr]


def _der(key: Key) -> bytes:
    return key.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[union-attr]


def _jwk(key: Key) -> bytes:
    return json.dumps(key.as_dict(private=False)).encode()


@pytest.mark.requirement("JW-01")
@pytest.mark.parametrize("alg", ["RS256", "ES256"])
@pytest.mark.parametrize("spelling", [_pem, _der, _jwk])
def test_hmac_with_the_public_key_is_refused(ring: KeyRing, alg: str, spelling: Callable[[Key], bytes]) -> None:
    """The published key is no shared secret, however it is written."""
    own = ring.signing_key(alg)
    header = segment({"alg": "HS256", "kid": own.kid, "typ": TYP})
    signing_input = f"{header}.{segment(good_claims())}"
    mac = hmac.digest(spelling(own.key), signing_input.encode(), "sha256")

    with pytest.raises(InvalidToken):
        verify(ring, f"{signing_input}.{segment(mac)}")


@pytest.mark.requirement("JW-01")
@pytest.mark.parametrize(("made_with", "claimed"), [("RS256", "ES256"), ("ES256", "RS256"), ("EdDSA", "ES256")])
def test_swapped_algorithms_are_refused(ring: KeyRing, made_with: str, claimed: str) -> None:
    """A signature of one key does not pass under the name of another, nor under another algorithm."""
    for kid in (_rows()[made_with].kid, _rows()[claimed].kid):
        token = sign_jwt(ring, made_with, good_claims(), TYP)
        _, payload, tail = token.split(".")
        with pytest.raises(InvalidToken):
            verify(ring, f"{segment({'alg': claimed, 'kid': kid, 'typ': TYP})}.{payload}.{tail}")


@pytest.mark.requirement("JW-01")
def test_foreign_key_under_our_kid_is_refused(ring: KeyRing) -> None:
    """Naming our key without holding it gains nothing."""
    foreign = OwnKey(_rows()["ES256"].kid, "ES256", ECKey.generate_key("P-256", private=True))
    header = {"alg": "ES256", "kid": foreign.kid, "typ": TYP}
    token = jws.serialize_compact(header, json.dumps(good_claims()), foreign.key, algorithms=["ES256"])

    with pytest.raises(InvalidToken, match="signature"):
        verify(ring, token)


@pytest.mark.requirement("JW-02")
def test_embedded_keys_are_refused(ring: KeyRing) -> None:
    """A key, or the address of one, in the header is never used: not even in a token that our own key signed."""
    foreign = RSAKey.generate_key(2048, private=True)
    header = {"alg": "RS256", "kid": _rows()["RS256"].kid, "typ": TYP, "jwk": foreign.as_dict(private=False)}
    registry = jws.JWSRegistry(algorithms=["RS256"])
    registry.max_header_length = 4096
    forged = jws.serialize_compact(header, json.dumps(good_claims()), foreign, registry=registry)
    with pytest.raises(InvalidToken):
        verify(ring, forged)

    url = "http://127.0.0.1:9/keys"
    for member in ({"jku": url}, {"x5u": url}, {"x5c": ["MII"]}, {"jwk": {"kty": "oct", "k": "AA"}}, {"x5t": "AA"}):
        with pytest.raises(InvalidToken):
            verify(ring, signed(ring, good_claims(), **member))


@pytest.mark.requirement("JW-03")
@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["exp"], "exp": 1},
        {"crit": ["x"]},
        {"crit": []},
        {"crit": "x"},
        {"b64": False},
        {"b64": False, "crit": ["b64"]},
    ],
)
def test_critical_headers_are_refused(ring: KeyRing, header: Claims) -> None:
    """We issue no extensions, so a token with one is not ours."""
    with pytest.raises(InvalidToken):
        verify(ring, signed(ring, good_claims(), **header))


@pytest.mark.requirement("JW-04")
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"exp": NOW - 1}, id="expired"),
        pytest.param({"exp": NOW}, id="expires-now"),
        pytest.param({"exp": None}, id="no-exp"),
        pytest.param({"exp": str(NOW + 900)}, id="exp-string"),
        pytest.param({"exp": NOW + 900.5}, id="exp-float"),
        pytest.param({"exp": True}, id="exp-boolean"),
        pytest.param({"exp": [NOW + 900]}, id="exp-list"),
        pytest.param({"iat": None}, id="no-iat"),
        pytest.param({"iat": NOW + 11}, id="iat-future"),
        pytest.param({"iat": "0"}, id="iat-string"),
        pytest.param({"nbf": NOW + 11}, id="nbf-future"),
        pytest.param({"nbf": 0.5}, id="nbf-float"),
    ],
)
def test_times_are_enforced(ring: KeyRing, changes: Claims) -> None:
    """Times are whole numbers, and hold now."""
    with pytest.raises(InvalidToken):
        verify(ring, signed(ring, good_claims(**changes)))


@pytest.mark.requirement("JW-04")
@pytest.mark.parametrize("exp", [b"1e400", b"NaN", b"Infinity", b"-Infinity", b"9" * 5000, b"null"])
def test_numbers_beyond_json_are_refused(ring: KeyRing, exp: bytes) -> None:
    """An expiry that is no finite number does not mean "never"."""
    payload = b'{"iss":"%s","iat":%d,"exp":%s}' % (ISSUER.encode(), NOW, exp)

    with pytest.raises(InvalidToken):
        verify(ring, signed(ring, payload))


@pytest.mark.requirement("JW-04", "OT-27")
def test_clocks_may_differ_by_ten_seconds(ring: KeyRing) -> None:
    """A token from a node whose clock runs ahead is good; so is an expired one where a hint may be old."""
    assert verify(ring, signed(ring, good_claims(iat=NOW + 10, nbf=NOW + 10)))
    assert verify(ring, signed(ring, good_claims(exp=NOW - 9999)), allow_expired=True)
    with pytest.raises(InvalidToken):
        verify(ring, signed(ring, good_claims(exp="never")), allow_expired=True)


@pytest.mark.requirement("JW-05")
@pytest.mark.parametrize(
    "iss", [f"{ISSUER}/", ISSUER[:-1], ISSUER.upper(), f"{ISSUER}.evil.com", [ISSUER], 7, None, {}]
)
def test_foreign_issuer_is_refused(ring: KeyRing, iss: object) -> None:
    """The issuer is compared whole, and is a string."""
    with pytest.raises(InvalidToken, match="issuer"):
        verify(ring, signed(ring, good_claims(iss=iss)))


@pytest.mark.requirement("JW-05")
@pytest.mark.parametrize(
    "aud",
    ["https://api.example.co", "", [], [[API]], 7, None, {API: 1}, [API, 7]],
)
def test_foreign_audience_is_refused(ring: KeyRing, aud: object) -> None:
    """The audience is a string or a list of strings, one of which is the wanted one."""
    with pytest.raises(InvalidToken, match="audience"):
        verify(ring, signed(ring, good_claims(aud=aud)), audience="https://api.example.com")


@pytest.mark.requirement("JW-05")
def test_wanted_audience_is_accepted(ring: KeyRing) -> None:
    """One match is enough, on either side."""
    token = signed(ring, good_claims(aud=["https://other.example.com", "https://api.example.com"]))

    assert verify(ring, token, audience="https://api.example.com")
    assert verify(ring, token, audience=("https://api.example.com", "https://third.example.com"))


@pytest.mark.requirement("JW-06")
@pytest.mark.parametrize(
    "made", ["JWT", "at+jwt", "logout+jwt", "dpop+jwt", "oauth-authz-req+jwt", "AT+JWT", "application/at+jwt", None]
)
@pytest.mark.parametrize("wanted", ["JWT", "at+jwt"])
def test_kinds_cannot_be_swapped(ring: KeyRing, made: str | None, wanted: str) -> None:
    """Only the diagonal passes: an ID token is no access token, and neither is a logout token."""
    token = signed(ring, good_claims(), typ=made)

    if made == wanted:
        assert verify(ring, token, typ=wanted)
    else:
        with pytest.raises(InvalidToken):
            verify(ring, token, typ=wanted)


@pytest.mark.requirement("JW-07")
@pytest.mark.parametrize(
    "kid", ["../../etc/passwd", "' OR 1=1 --", "", "\0", 7, None, ["a"], {}, "k" * 300, "k" * 65536]
)
def test_unknown_kid_is_refused(ring: KeyRing, kid: object) -> None:
    """The name of a key is looked up in memory and nowhere else."""
    with pytest.raises(InvalidToken):
        verify(ring, signed(ring, good_claims(), kid=kid))


@pytest.mark.requirement("JW-12")
@pytest.mark.parametrize(
    "token",
    [
        pytest.param(segment({"alg": "ES256", "pad": "x" * 16384}) + ".e30.e30", id="header-16k"),
        pytest.param(segment({"alg": "ES256"}) + "." + "A" * 1_000_000 + ".AA", id="payload-1M"),
        pytest.param("." * 10_000, id="dots"),
        pytest.param("A" * 16_384, id="no-dots"),
        pytest.param("", id="empty"),
        pytest.param("..", id="three-empty"),
        pytest.param("é.é.é", id="not-ascii"),
        pytest.param("\ud800.a.b", id="surrogate"),
        pytest.param(segment(b"[" * 300) + ".e30.e30", id="nested-header"),
        pytest.param(segment(["alg"]) + ".e30.e30", id="header-is-a-list"),
        pytest.param(segment("alg") + ".e30.e30", id="header-is-a-string"),
        pytest.param("e30.e30.e30", id="header-is-empty"),
    ],
)
def test_oversized_and_broken_tokens_are_refused(ring: KeyRing, token: str) -> None:
    """What is no compact JWS of at most 16 KB ends as InvalidToken, never as another exception."""
    with pytest.raises(InvalidToken):
        verify(ring, token)


@pytest.mark.requirement("JW-15")
@pytest.mark.parametrize(
    "payload",
    [
        b'{"iss":"x","iss":"%s","iat":%d,"exp":%d}' % (ISSUER.encode(), NOW, NOW + 9),
        b'{"iss":"%s","iat":%d,"exp":%d,"cnf":{"a":1,"a":2}}' % (ISSUER.encode(), NOW, NOW + 9),
        b'{"iss":"%s","iat":%d,"exp":%d,"deep":%s}' % (ISSUER.encode(), NOW, NOW + 9, b"[" * 4000 + b"]" * 4000),
        b'{"iss":"%s","iat":%d,"exp":%s}' % (ISSUER.encode(), NOW, b"1" * 4400),
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b"",
    ],
    ids=["duplicate", "nested-duplicate", "deep", "huge-integer", "list", "string", "not-utf8", "empty"],
)
def test_ambiguous_claims_are_refused(ring: KeyRing, payload: bytes) -> None:
    """Claims that two readers could read differently, or that exhaust one, are refused even under our signature."""
    with pytest.raises(InvalidToken):
        verify(ring, signed(ring, payload))


@pytest.mark.requirement("JW-15")
def test_duplicate_header_members_are_refused(ring: KeyRing) -> None:
    """A second `alg` does not replace the first one."""
    token = sign_jwt(ring, "ES256", good_claims(), TYP)
    header = b'{"alg":"none","alg":"ES256","kid":"%s","typ":"at+jwt"}' % _rows()["ES256"].kid.encode()

    with pytest.raises(InvalidToken):
        verify(ring, ".".join([segment(header), *token.split(".")[1:]]))


@pytest.mark.requirement("JW-19")
def test_every_flipped_bit_of_a_signature_is_refused(ring: KeyRing) -> None:
    """No changed, cut, doubled, zero or DER-encoded signature passes."""
    token = sign_jwt(ring, "ES256", good_claims(), TYP)
    body, _, tail = token.rpartition(".")
    signature = base64.urlsafe_b64decode(tail + "==")
    flipped = [
        bytes(byte ^ (1 << bit) if index == at else byte for index, byte in enumerate(signature))
        for at in range(len(signature))
        for bit in (0, 7)
    ]
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    shifted = ((r + order) % 2**256).to_bytes(32)
    vectors = [
        *flipped,
        b"",
        bytes(64),
        signature[:63],
        signature + b"\0",
        signature[:32] + bytes(32),
        bytes(32) + signature[32:],
        signature * 2,
        b"\x30\x44\x02\x20" + signature[:32] + b"\x02\x20" + signature[32:],
        s.to_bytes(32) + r.to_bytes(32),
        order.to_bytes(32) + signature[32:],
        signature[:32] + order.to_bytes(32),
        shifted + signature[32:],
    ]

    for vector in vectors:
        with pytest.raises(InvalidToken):
            verify(ring, f"{body}.{segment(vector)}")
    assert verify(ring, token)
