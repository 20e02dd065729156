"""Makes our JWTs. The header is always `alg`, `kid` and `typ`, and nothing else."""

import json
from collections.abc import Mapping
from typing import Any

from joserfc import jws

from idp.keys.algorithms import registry_of
from idp.keys.ring import KeyRing


def sign_jwt(ring: KeyRing, alg: str, claims: Mapping[str, Any], typ: str) -> str:
    """A compact JWS of the claims under the current key of `alg`; raises `NoSigningKey`.

    `typ` is the token's kind without `application/` (RFC 7515 §4.1.9), such as `at+jwt`.
    """
    own = ring.signing_key(alg)
    payload = json.dumps(claims, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    header = {"alg": own.alg, "kid": own.kid, "typ": typ}
    return jws.serialize_compact(header, payload, own.key, registry=registry_of(own.alg))
