"""A key of ours in use."""

from dataclasses import dataclass

from joserfc.jwk import Key

from idp.keys.direct import Sign


@dataclass(frozen=True, slots=True)
class OwnKey:
    """The algorithm is the key's, never the token's."""

    kid: str
    alg: str
    key: Key
    sign: Sign | None = None  # without the detour through joserfc
