"""A sender's key, and the proofs that it makes (RFC 9449 §4.2)."""

from dataclasses import dataclass, field
from typing import Any

from idp.protocol.dpop import access_token_hash
from idp.sealing import new_id
from tests.support.client_keys import ClientKey
from tests.support.provider import Provider


@dataclass(frozen=True, slots=True)
class Sender:
    """One key. Proofs are made for the provider's clock."""

    provider: Provider
    key: ClientKey = field(default_factory=ClientKey.generate)

    @property
    def thumbprint(self) -> str:
        return self.key.key.thumbprint()

    def proof(
        self,
        path: str = "/token",
        method: str = "POST",
        *,
        access_token: str | None = None,
        header: dict[str, Any] | None = None,
        **changes: Any,
    ) -> str:
        """A good proof; `changes` are claims, a None leaves one out."""
        claims: dict[str, Any] = {
            "htm": method,
            "htu": f"{self.provider.issuer}{path}",
            "iat": self.provider.clock.now(),
            "jti": new_id(),
            "ath": access_token_hash(access_token) if access_token is not None else None,
        }
        given = {name: value for name, value in (claims | changes).items() if value is not None}
        members = {"typ": "dpop+jwt", "jwk": self.key.key.as_dict(private=False), "kid": None}
        return self.key.sign(given, **(members | (header or {})))

    def headers(self, access_token: str, path: str = "/userinfo", method: str = "GET", **changes: Any) -> Any:
        """The two headers of a request for a resource."""
        proof = self.proof(path, method, access_token=access_token, **changes)
        return ("authorization", f"DPoP {access_token}"), ("dpop", proof)
