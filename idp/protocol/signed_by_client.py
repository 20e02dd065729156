"""Reads JWTs that a client signed with a key of its own, or with its secret: assertions, request objects, proofs.

The caller says which algorithms count; what the header names is looked up among the client's keys. Keys that the token
itself brings (`jwk`, `jku`, `x5u`, `x5c`) are never looked at.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from joserfc.jws import JWSRegistry

from idp.protocol.key_sets import PublicKey, candidates
from idp.protocol.one_algorithm import one_algorithm
from idp.protocol.strict_json import parse_object

# Every algorithm by which a client may sign for us. Ed25519 is the name that RFC 9864 gives to EdDSA on that curve.
CLIENT_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
# RFC 7518 §3.2: with each, the fewest bytes that its secret must have.
HMAC_ALGORITHMS: Mapping[str, int] = {"HS256": 32, "HS384": 48, "HS512": 64}
_MOST_BYTES = 16 * 1024
_MOST_TRIED = 4  # keys without a name that could have signed


class _Reading(JWSRegistry):
    """A header may carry a whole RSA key, or a chain of certificates that nobody looks at."""

    max_header_length = 8 * 1024


_READING = _Reading()


class NotSigned(Exception):
    """No JWT, or none that a key of this client signed. The reason is for the log."""

    def __init__(self, reason: str, *, unknown_key: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.unknown_key = unknown_key  # the client may have new keys


@dataclass(frozen=True, slots=True)
class Unverified:
    """A JWT taken apart. Nothing in it is true before `verified_claims`."""

    signature: jws.CompactSignature
    alg: str
    kid: str | None
    typ: str | None
    claims: dict[str, Any]


def take_apart(token: str, *, algorithms: Collection[str] = CLIENT_ALGORITHMS) -> Unverified:
    """Reads header and claims; raises `NotSigned`. Costs no signature: what is malformed ends here."""
    if len(token) > _MOST_BYTES or not token.isascii():
        raise NotSigned("size")
    try:
        signature = jws.extract_compact(token.encode(), registry=_READING)
        claims = parse_object(signature.payload)
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise NotSigned("format") from error
    header: object = signature.headers()
    if not isinstance(header, dict) or {"crit", "b64"} & header.keys():
        raise NotSigned("header")
    alg, kid, typ = header.get("alg"), header.get("kid"), header.get("typ")
    if not isinstance(alg, str) or alg not in algorithms:
        raise NotSigned("algorithm")
    if not isinstance(kid, str | None) or not isinstance(typ, str | None):
        raise NotSigned("header")
    return Unverified(signature, alg, kid, typ, claims)


def verified_claims(token: Unverified, keys: Sequence[PublicKey]) -> dict[str, Any]:
    """The claims, once one of the keys is found to have signed them; raises `NotSigned`."""
    able = candidates(keys, kid=token.kid, alg=token.alg)
    if not able:
        raise NotSigned("key", unknown_key=True)
    for each in able[:_MOST_TRIED]:
        try:
            if jws.validate_compact(token.signature, each.key, registry=one_algorithm(token.alg)):
                return token.claims
        except (JoseError, ValueError):
            continue
    raise NotSigned("signature", unknown_key=token.kid is None)


def verify_by_secret(token: Unverified, secrets: Sequence[bytes]) -> None:
    """Returns when one of the secrets is the key of the MAC; raises `NotSigned`."""
    long_enough = [secret for secret in secrets if len(secret) >= HMAC_ALGORITHMS[token.alg]]
    if not long_enough:
        raise NotSigned("secret")
    for secret in long_enough[:_MOST_TRIED]:
        try:
            if jws.validate_compact(token.signature, OctKey.import_key(secret), registry=one_algorithm(token.alg)):
                return
        except (JoseError, ValueError):
            continue
    raise NotSigned("signature")
