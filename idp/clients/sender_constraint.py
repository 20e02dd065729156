"""Whether a client's tokens are good in its own hands only."""

from dataclasses import dataclass

from idp.clients.members import MemberReader


@dataclass(frozen=True, slots=True)
class SenderConstraint:
    """Each member makes its proof a condition of every token. A DPoP proof that is shown always binds."""

    dpop_bound_access_tokens: bool = False  # RFC 9449 §5.2
    tls_client_certificate_bound_access_tokens: bool = False  # RFC 8705 §3.4

    @property
    def binds_tokens(self) -> bool:
        """Whether every access token of the client is bound to a key."""
        return self.dpop_bound_access_tokens or self.tls_client_certificate_bound_access_tokens


def read_sender_constraint(read: MemberReader) -> SenderConstraint:
    """Raises `InvalidClientMetadata`."""
    return SenderConstraint(
        dpop_bound_access_tokens=read.boolean("dpop_bound_access_tokens", default=False),
        tls_client_certificate_bound_access_tokens=read.boolean(
            "tls_client_certificate_bound_access_tokens", default=False
        ),
    )
