"""A joserfc registry that knows one algorithm only, so that nothing a token's header says can choose another."""

from functools import cache
from typing import Any

from joserfc.errors import UnsupportedAlgorithmError
from joserfc.jws import JWSRegistry


class _OneAlgorithm(JWSRegistry):
    def __init__(self, alg: str) -> None:
        super().__init__(algorithms=[alg])
        self._alg = alg

    def get_alg(self, name: str) -> Any:  # noqa: ANN401 - joserfc does not export the type
        # The inherited method warns at every use of "EdDSA", the name that relying parties know (RFC 9864 renames it).
        if name != self._alg:
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


@cache
def one_algorithm(alg: str) -> JWSRegistry:
    """Signs and verifies with `alg` alone."""
    return _OneAlgorithm(alg)
