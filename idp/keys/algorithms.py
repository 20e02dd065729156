"""The algorithms we sign with, and the registry that allows exactly that one.

Each has keys of its own, RS256 and PS256 too (RFC 8017 §6: an RSA key serves one scheme).
"""

from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from idp.protocol.one_algorithm import one_algorithm

ALGORITHMS = ("ES256", "EdDSA", "RS256", "PS256")

# JW-09: 3072 bits of RSA, P-256 and Ed25519 are each worth 128 bits.
RSA_BITS = 3072


def registry_of(alg: str) -> JWSRegistry:
    """The registry that signs and verifies with `alg` alone."""
    if alg not in ALGORITHMS:
        raise ValueError(f"not a signing algorithm of ours: {alg!r}")
    return one_algorithm(alg)


def generate_key(alg: str) -> Key:
    """A new private key for `alg`. RSA takes up to a second of one core: never inside a write transaction."""
    match alg:
        case "ES256":
            return ECKey.generate_key("P-256", private=True)
        case "EdDSA":
            return OKPKey.generate_key("Ed25519", private=True)
        case "RS256" | "PS256":
            return RSAKey.generate_key(RSA_BITS, private=True)
        case _:
            raise ValueError(f"not a signing algorithm of ours: {alg!r}")
