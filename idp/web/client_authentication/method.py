"""What a method of client authentication is, and what it finds in a request."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from idp.clients.client import Client
from idp.web.plain import PlainRequest
from idp.wiring import Wiring


class Credentials(NamedTuple):
    """Who the caller says it is, and how it means to prove it. `method` is its registered name (RFC 7591 §2)."""

    method: str
    client_id: str
    proof: Any = None  # the method's own


class Method(Protocol):
    """One file each."""

    def read(self, request: PlainRequest, form: Mapping[str, str]) -> Credentials | None:
        """What the request brings of it; None where it was not used. Raises `OAuthError` for what is malformed."""

    async def proves(self, credentials: Credentials, client: Client | None, wiring: Wiring) -> bool:
        """Whether the proof is this client's. No client costs the same, and never matches."""
