"""The keys that the sender of a request has proven to hold, and the claim that binds a token to them (RFC 7800 §3)."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self


class Confirmation(NamedTuple):
    """Thumbprints. None of either: a bearer token, good in anybody's hands."""

    jkt: str | None = None  # of the key of a DPoP proof (RFC 9449 §6.1)
    x5t_s256: str | None = None  # of the certificate of the TLS connection (RFC 8705 §3.1)

    @property
    def token_type(self) -> str:
        """RFC 9449 §5; a token that is bound to a certificate stays `Bearer` (RFC 8705 §3)."""
        return "DPoP" if self.jkt is not None else "Bearer"

    def to_claim(self) -> dict[str, str]:
        """The value of `cnf`; empty where there is nothing to confirm."""
        if self == UNBOUND:
            return {}
        members = {"jkt": self.jkt, "x5t#S256": self.x5t_s256}
        return {name: value for name, value in members.items() if value is not None}

    @classmethod
    def of_token(cls, claims: Mapping[str, Any]) -> Self:
        """What a token of ours is bound to."""
        claim: Mapping[str, str] | None = claims.get("cnf")
        if claim is None:
            return cls()
        return cls(claim.get("jkt"), claim.get("x5t#S256"))


UNBOUND = Confirmation()
