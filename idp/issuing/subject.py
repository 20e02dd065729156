"""What a client is told as `sub` (OIDC Core §8)."""

from idp.clients.client import Client
from idp.wiring import Wiring


def subject_of(_wiring: Wiring, _client: Client, account_id: str) -> str:
    """The account's identifier for this client: the same for every client (`public`)."""
    return account_id
