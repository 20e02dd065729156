"""Makes our JWTs. The header is always `alg`, `kid` and `typ`, and nothing else."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from joserfc import jws
from pydantic_core import to_json

from idp.keys.algorithms import registry_of
from idp.keys.own_key import OwnKey
from idp.keys.ring import KeyRing


def sign_jwt(ring: KeyRing, alg: str, claims: Mapping[str, Any], typ: str) -> str:
    """A compact JWS of the claims under the current key of `alg`; raises `NoSigningKey`.

    `typ` is the token's kind without `application/` (RFC 7515 §4.1.9), such as `at+jwt`.
    """
    own = ring.signing_key(alg)
    if own.sign is None:
        return _by_joserfc(own, claims, typ)
    signing_input = _signing_input(own, claims, typ)
    return _compact(signing_input, own.sign(signing_input))


async def sign_jwt_in_turn(ring: KeyRing, alg: str, claims: Mapping[str, Any], typ: str) -> str:
    """The same where many want one at the same time: see `signing_turn`."""
    own = ring.signing_key(alg)
    if own.sign is None:
        return _by_joserfc(own, claims, typ)
    signing_input = _signing_input(own, claims, typ)
    return _compact(signing_input, await ring.turn.signature(own.sign, signing_input))


def _by_joserfc(own: OwnKey, claims: Mapping[str, Any], typ: str) -> str:
    header = {"alg": own.alg, "kid": own.kid, "typ": typ}
    return jws.serialize_compact(header, to_json(claims), own.key, registry=registry_of(own.alg))


def _signing_input(own: OwnKey, claims: Mapping[str, Any], typ: str) -> bytes:
    """RFC 7515 §5.1."""
    return _encoded_header(own.alg, own.kid, typ) + b"." + _base64url(to_json(claims))


def _compact(signing_input: bytes, signature: bytes) -> str:
    return (signing_input + b"." + _base64url(signature)).decode("ascii")


@lru_cache(maxsize=64)
def _encoded_header(alg: str, kid: str, typ: str) -> bytes:
    """One for each key and kind of token."""
    return _base64url(to_json({"alg": alg, "kid": kid, "typ": typ}))


def _base64url(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")
