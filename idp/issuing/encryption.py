"""Encrypts what a client asked to receive encrypted. Whoever asked for nothing of the kind pays for no look-up."""

from idp.clients.client import Client
from idp.outbound.client import OutboundFailed
from idp.protocol.encrypted_to_client import Encryption, NoEncryptionKey, encrypt_to
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.key_sets import encryption_key
from idp.wiring import Wiring


async def encrypted(
    wiring: Wiring, client: Client, encryption: Encryption | None, content: str, *, is_jwt: bool
) -> str:
    """The content, encrypted if the client wants it so; raises `OAuthError` (invalid_request) without a key of it."""
    if encryption is None:
        return content
    try:
        return encrypt_to(await wiring.client_keys.keys_of(client), encryption, content, is_jwt=is_jwt)
    except (NoEncryptionKey, OutboundFailed) as error:
        raise _no_key(client, encryption) from error


async def check_encryption_key(wiring: Wiring, client: Client) -> None:
    """Before a code or a refresh token is spent on an ID token that nobody could be sent. Raises as `encrypted`."""
    encryption = client.id_token_encryption
    if encryption is None:
        return
    try:
        keys = await wiring.client_keys.keys_of(client)
    except OutboundFailed as error:
        raise _no_key(client, encryption) from error
    if encryption_key(keys, encryption.alg) is None:
        raise _no_key(client, encryption)


def _no_key(client: Client, encryption: Encryption) -> OAuthError:
    # No specification names a code for it. The client can mend it, and may then send the same request again.
    return OAuthError(
        ErrorCode.INVALID_REQUEST,
        f"The client has no key at hand that {encryption.alg} can encrypt to.",
        detail=f"client {client.client_id}: no key for {encryption.alg} in jwks or at jwks_uri",
    )
