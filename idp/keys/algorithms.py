"""The algorithms we sign with, one kind of key for each, and the joserfc registries that allow exactly one of them."""

from functools import cache
from typing import Any

from joserfc.errors import UnsupportedAlgorithmError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

ALGORITHMS = ("ES256", "EdDSA", "RS256")

# JW-09: 3072 bits of RSA, P-256 and Ed25519 are each worth 128 bits.
RSA_BITS = 3072


class _OneAlgorithm(JWSRegistry):
    """Knows one algorithm only, so that nothing a token's header says can choose another."""

    def __init__(self, alg: str) -> None:
        super().__init__(algorithms=[alg])
        self._alg = alg

    def get_alg(self, name: str) -> Any:  # noqa: ANN401 - joserfc does not export the type
        # The inherited method warns at every use of "EdDSA", the name that relying parties know (RFC 9864 renames it).
        if name != self._alg:
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


@cache
def registry_of(alg: str) -> JWSRegistry:
    """The registry that signs and verifies with `alg` alone."""
    if alg not in ALGORITHMS:
        raise ValueError(f"not a signing algorithm of ours: {alg!r}")
    return _OneAlgorithm(alg)


def generate_key(alg: str) -> Key:
    """A new private key for `alg`. RSA takes up to a second of one core: never inside a write transaction."""
    match alg:
        case "ES256":
            return ECKey.generate_key("P-256", private=True)
        case "EdDSA":
            return OKPKey.generate_key("Ed25519", private=True)
        case "RS256":
            return RSAKey.generate_key(RSA_BITS, private=True)
        case _:
            raise ValueError(f"not a signing algorithm of ours: {alg!r}")
