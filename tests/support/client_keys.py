"""A relying party's own keys, and what it signs with them."""

import json
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from idp.protocol.client_assertion import ASSERTION_TYPE
from idp.protocol.one_algorithm import one_algorithm
from idp.sealing import new_id

_KINDS = {"ES256": "P-256", "EdDSA": "Ed25519"}


@dataclass(frozen=True, slots=True)
class ClientKey:
    """One key pair, used with one algorithm."""

    alg: str
    kid: str
    key: Key

    @classmethod
    def generate(cls, alg: str = "ES256", kid: str = "one") -> "ClientKey":
        match alg:
            case "ES256":
                return cls(alg, kid, ECKey.generate_key("P-256", private=True))
            case "EdDSA" | "Ed25519":
                return cls(alg, kid, OKPKey.generate_key("Ed25519", private=True))
            case _:
                return cls(alg, kid, RSAKey.generate_key(2048, private=True))

    @classmethod
    def of_secret(cls, secret: str, alg: str = "HS256") -> "ClientKey":
        """The client's secret as the key of a MAC (`client_secret_jwt`)."""
        return cls(alg, "secret", OctKey.import_key(secret))

    @property
    def public_jwk(self) -> dict[str, Any]:
        return {**self.key.as_dict(private=False), "kid": self.kid, "alg": self.alg, "use": "sig"}

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [self.public_jwk]}

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """A compact JWS; a header member of None is left out."""
        members = {"alg": self.alg, "kid": self.kid, **header}
        given = {name: value for name, value in members.items() if value is not None}
        # Escaped, so that even what is no Unicode text can be signed.
        return jws.serialize_compact(given, json.dumps(claims), self.key, registry=one_algorithm(self.alg))

    def assertion(self, client_id: str, audience: object, now: int, **changes: Any) -> dict[str, str]:
        """The two parameters of RFC 7523 §2.2; `changes` are claims, None leaves one out."""
        claims = {"iss": client_id, "sub": client_id, "aud": audience, "exp": now + 60, "iat": now, "jti": new_id()}
        claims = {name: value for name, value in (claims | changes).items() if value is not None}
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.sign(claims)}
