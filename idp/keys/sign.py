"""Makes our JWTs. The header is always `alg`, `kid` and `typ`, and nothing else."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from joserfc import jws

from idp.keys.algorithms import registry_of
from idp.keys.ring import KeyRing

_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def sign_jwt(ring: KeyRing, alg: str, claims: Mapping[str, Any], typ: str) -> str:
    """A compact JWS of the claims under the current key of `alg`; raises `NoSigningKey`.

    `typ` is the token's kind without `application/` (RFC 7515 §4.1.9), such as `at+jwt`.
    """
    own = ring.signing_key(alg)
    payload = _to_json(claims)
    if own.sign is None:
        header = {"alg": own.alg, "kid": own.kid, "typ": typ}
        return jws.serialize_compact(header, payload, own.key, registry=registry_of(own.alg))
    signing_input = _encoded_header(own.alg, own.kid, typ) + b"." + _base64url(payload.encode())
    return (signing_input + b"." + _base64url(own.sign(signing_input))).decode("ascii")


@lru_cache(maxsize=64)
def _encoded_header(alg: str, kid: str, typ: str) -> bytes:
    """One for each key and kind of token."""
    return _base64url(_to_json({"alg": alg, "kid": kid, "typ": typ}).encode())


def _base64url(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")
