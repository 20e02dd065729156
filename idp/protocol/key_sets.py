"""Public keys of clients (RFC 7517 §5): read strictly, bounded in number and size, never private.

A key with a `use` is for that use alone: what verifies is never encrypted to, and the other way round.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey, import_key

from idp.protocol.client_certificate import CertificateUnreadable, certificate_of_base64

_MOST_KEYS = 32
_RSA_BITS = range(2048, 8193)  # RFC 7518 §3.3; beyond, one verification costs too much
_CURVES = ("P-256", "P-384", "P-521", "Ed25519", "X25519")
_SIGNATURE, _ENCRYPTION = "sig", "enc"  # RFC 7517 §4.2
# RFC 7518 §6.2.2, §6.3.2, §6.4.1: what a public key has not.
_SECRET_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One key. `kid`, `alg` and `use` are what the set says of it."""

    key: Key
    kid: str | None
    alg: str | None
    certificate: str | None = None  # thumbprint (x5t#S256) of the certificate that the set gives for it
    use: str | None = None


def parse_key_set(value: object) -> tuple[PublicKey, ...]:
    """The keys that may verify or be encrypted to; raises `ValueError`.

    RFC 7517 §5: members and keys of kinds that we do not know are passed over, so that a set may hold more than ours.
    """
    keys = value.get("keys") if isinstance(value, Mapping) else None
    if not isinstance(keys, list):
        raise ValueError("must be a JWK set: an object with the member keys")  # noqa: TRY004
    if len(keys) > _MOST_KEYS:
        raise ValueError(f"must have at most {_MOST_KEYS} keys")
    return tuple(key for key in (parse_key(each) for each in keys) if key is not None)


def parse_key(value: object) -> PublicKey | None:
    """One key; None for a kind that we do not know. Raises `ValueError`."""
    if not isinstance(value, dict):
        raise ValueError("has a key that is no object")  # noqa: TRY004
    if _SECRET_MEMBERS & value.keys():
        raise ValueError("has a key that is not public")
    use = value.get("use")
    if value.get("kty") not in {"RSA", "EC", "OKP"} or use not in {None, _SIGNATURE, _ENCRYPTION}:
        return None
    try:
        key = import_key(_known_members(value))
    except (JoseError, ValueError, TypeError, KeyError):
        raise ValueError("has a key that cannot be read") from None
    if not isinstance(key, RSAKey | ECKey | OKPKey) or not _is_usable(key):
        return None
    kid, alg = value.get("kid"), value.get("alg")
    return PublicKey(
        key,
        kid if isinstance(kid, str) else None,
        alg if isinstance(alg, str) else None,
        _certificate(value.get("x5c"), key),
        use,
    )


def _certificate(chain: object, key: RSAKey | ECKey | OKPKey) -> str | None:
    """RFC 7517 §4.7: the first of `x5c` is this key's own. Raises `ValueError`."""
    if chain is None:
        return None
    if not isinstance(chain, list) or not chain or not isinstance(chain[0], str):
        raise ValueError("has a key whose x5c is no list of certificates")
    try:
        certificate = certificate_of_base64(chain[0])
    except CertificateUnreadable:
        raise ValueError("has a key whose x5c cannot be read") from None
    if certificate.public_key != key.as_der(private=False):
        raise ValueError("has a key whose x5c is of another key")
    return certificate.thumbprint


def _known_members(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in value}


def _is_usable(key: RSAKey | ECKey | OKPKey) -> bool:
    if isinstance(key, RSAKey):
        return key.raw_value.key_size in _RSA_BITS
    return key.curve_name in _CURVES


def candidates(keys: Sequence[PublicKey], *, kid: str | None, alg: str) -> list[PublicKey]:
    """The keys that may have signed: of that name where one is given, and of the algorithm's kind."""
    return [
        each
        for each in keys
        if (kid is None or each.kid == kid)
        and each.use != _ENCRYPTION
        and (each.alg is None or is_same_algorithm(each.alg, alg))
        and _can_verify(each.key, alg)
    ]


def encryption_key(keys: Sequence[PublicKey], alg: str) -> PublicKey | None:
    """The key to encrypt to with `alg`: one that is meant for it before one that merely may be used so."""
    able = [each for each in keys if each.use != _SIGNATURE and each.alg in {None, alg} and _can_receive(each.key, alg)]
    # RFC 7517 §4.2: without `use` a key may serve both; false sorts before true, and the order of the set stays.
    return min(able, key=lambda each: each.use != _ENCRYPTION, default=None)


def can_verify(keys: Sequence[PublicKey]) -> bool:
    """Whether any of them is for signatures."""
    return any(each.use != _ENCRYPTION for each in keys)


def is_same_algorithm(one: str, other: str) -> bool:
    """RFC 9864 §2.2: EdDSA with a key on Ed25519 and Ed25519 are two names of one; others have one name."""
    return one == other or {one, other} == {"EdDSA", "Ed25519"}


def _can_verify(key: Key, alg: str) -> bool:
    match alg:
        case "RS256" | "PS256":
            return isinstance(key, RSAKey)
        case "ES256":
            return isinstance(key, ECKey) and key.curve_name == "P-256"
        case "EdDSA" | "Ed25519":
            return isinstance(key, OKPKey) and key.curve_name == "Ed25519"
        case _:
            return False


def _can_receive(key: Key, alg: str) -> bool:
    if alg.startswith("RSA-"):
        return isinstance(key, RSAKey)
    # RFC 7518 §6.2.1.1, RFC 8037 §3.2: Ed25519 signs only.
    return isinstance(key, ECKey) or (isinstance(key, OKPKey) and key.curve_name == "X25519")
