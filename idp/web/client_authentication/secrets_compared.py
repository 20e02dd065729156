"""The comparison behind both methods that send the secret itself."""

from idp.clients.client import Client
from idp.clients.secret import secret_matches

_LONGEST = 512


def is_secret_of(client: Client | None, secret: str, now: int) -> bool:
    """Whatever the client, the same number of comparisons; an endless secret is none."""
    return secret_matches(client, secret if len(secret) <= _LONGEST else "", now)
