"""One request for an authorization that is answered on another device, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from idp.protocol.authorization_request import AuthorizationRequest


class Kind(StrEnum):
    DEVICE = "device"  # RFC 8628
    BACKCHANNEL = "backchannel"  # CIBA


class State(StrEnum):
    """pending ─▶ approved ─▶ redeemed, or pending ─▶ denied. One that nobody answers expires."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    REDEEMED = "redeemed"


@dataclass(frozen=True, slots=True)
class DecoupledRequest:
    """`asked`: scope, and what else a request without a redirect may ask for.

    `account_id`: whom a backchannel request names from the start, and whoever answers a device's. `secrets`, sealed in
    the row, is what has to be shown or sent again: a user code, or what a ping carries. Times in seconds.
    """

    id: str
    kind: Kind
    state: State
    client_id: str
    account_id: str | None
    grant_id: str | None
    asked: AuthorizationRequest
    binding_message: str | None
    secrets: Mapping[str, str]
    origin_address: str | None
    origin_agent: str | None
    interval: int
    created_at: int
    expires_at: int

    def is_open(self, now: int) -> bool:
        """Whether it can still be answered."""
        return self.state is State.PENDING and now < self.expires_at

    def concerns(self, account_id: str) -> bool:
        """Whether this person may answer it."""
        return self.account_id is None or self.account_id == account_id
