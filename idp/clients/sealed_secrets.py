"""The secrets of clients that sign with them (`client_secret_jwt`): a MAC takes the secret, its digest will not do.

They stand beside their digests, sealed with the master key. No other client's secret is kept so.
"""

from idp.clients.client import Client
from idp.sealing import MasterKeys, SealBroken

_PURPOSE = "client-secret"


def seal_secret(keys: MasterKeys, client_id: str, secret: str) -> bytes:
    return keys.seal(secret.encode(), purpose=_PURPOSE, context=client_id)


def open_secrets(keys: MasterKeys, client: Client, now: int) -> list[bytes]:
    """Those that have not expired; one that this installation cannot open any more opens nothing either."""
    opened = []
    for sealed, expires_at in client.sealed_secrets:
        if expires_at is None or expires_at > now:
            try:
                opened.append(keys.open(sealed, purpose=_PURPOSE, context=client.client_id))
            except SealBroken:
                continue
    return opened
