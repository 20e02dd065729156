"""What a DPoP proof must say (RFC 9449 §4.3): pure checks, without the memory of what was shown before.

A proof is a JWT that brings its own public key. It is bound to one request by method and address, to one moment by
`iat`, and at a resource to one access token by `ath`. Claims that are not named here are ignored, `exp` and `nbf` too.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from idp.protocol.key_sets import PublicKey, parse_key
from idp.protocol.signed_by_client import CLIENT_ALGORITHMS, NotSigned, take_apart, verified_claims
from idp.sealing import base64url

DPOP_ALGORITHMS = CLIENT_ALGORITHMS  # RFC 9449 §11.6: asymmetric ones only
# The sender's clock may be wrong by as much, in seconds.
OLDEST = 60
MOST_AHEAD = 10

_TYPE = "dpop+jwt"
_LONGEST_ID = 256
_DEFAULT_PORTS = {"http": 80, "https": 443}


class ProofRefused(Exception):
    """Not a proof for this request, now. The reason is for the log."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A good proof. What is left to check: its nonce, and that nobody has shown it before."""

    thumbprint: str  # RFC 7638, of the key that signed
    token_id: str
    issued_at: int
    nonce: str | None
    access_token_hash: str | None


def read_proof(token: str, *, method: str, addresses: Collection[str], now: int) -> Proof:
    """Raises `ProofRefused`. `addresses`: the names by which this endpoint is known, as `htu` may give them."""
    try:
        key, claims = _signed(token)
    except (NotSigned, ValueError) as error:
        raise ProofRefused(str(error)) from error
    token_id, nonce, ath = claims.get("jti"), claims.get("nonce"), claims.get("ath")
    if claims.get("htm") != method:
        raise ProofRefused("method")
    if _normalised(claims.get("htu")) not in {_normalised(address) for address in addresses}:
        raise ProofRefused("address")
    if not isinstance(token_id, str) or not 0 < len(token_id) <= _LONGEST_ID:
        raise ProofRefused("jti")
    if not isinstance(nonce, str | None) or not isinstance(ath, str | None):
        raise ProofRefused("claims")
    return Proof(key.key.thumbprint(), token_id, _moment(claims.get("iat"), now), nonce, ath)


def access_token_hash(access_token: str) -> str:
    """RFC 9449 §4.2: `ath`."""
    return base64url(sha256(access_token.encode()).digest())


def is_thumbprint(text: str) -> bool:
    """Whether it could be an RFC 7638 thumbprint with SHA-256: 32 bytes in base64url."""
    return len(text) == 43 and text.isascii() and text.replace("-", "").replace("_", "").isalnum()


def _signed(token: str) -> tuple[PublicKey, Mapping[str, Any]]:
    """The key that the proof brings, and what that key signed; raises `NotSigned` or `ValueError`."""
    proof = take_apart(token, algorithms=DPOP_ALGORITHMS)
    if proof.typ != _TYPE:
        raise NotSigned("typ")
    key = parse_key(proof.signature.headers().get("jwk"))
    if key is None:
        raise NotSigned("jwk")
    # The key is the one in the header, whatever name the header gives it.
    return key, verified_claims(replace(proof, kid=None), [key])


def _moment(issued_at: object, now: int) -> int:
    if isinstance(issued_at, bool) or not isinstance(issued_at, int | float):
        raise ProofRefused("iat")
    if not now - OLDEST <= issued_at <= now + MOST_AHEAD:
        raise ProofRefused("time")
    return int(issued_at)


def _normalised(address: object) -> tuple[str, str, int | None, str] | None:
    """RFC 9449 §4.3: without query and fragment, after the normalisation of RFC 3986 §6.2.2 and §6.2.3."""
    if not isinstance(address, str):
        raise ProofRefused("address")
    try:
        parts = urlsplit(address)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        raise ProofRefused("address") from None
    if parts.username is not None or parts.password is not None:
        raise ProofRefused("address")
    return parts.scheme, parts.hostname or "", port, parts.path or "/"
