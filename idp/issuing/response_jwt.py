"""An authorization response as one JWT: signed, and encrypted if the client wants it so (JARM §2.1, §2.2)."""

from collections.abc import Mapping

from idp.clients.client import Client
from idp.keys.sign import sign_jwt
from idp.protocol.encrypted_to_client import encrypt_to
from idp.wiring import Wiring

_TYPE = "JWT"
_LIFETIME_SECONDS = 600  # JARM §2.1: ten minutes at most


def response_jwt(wiring: Wiring, client: Client, parameters: Mapping[str, str], *, now: int) -> str:
    """Signed as the client is registered. It has neither `iat` nor `sub`, so that it is no ID token anywhere."""
    claims = {
        **parameters,
        "iss": wiring.settings.issuer,
        "aud": client.client_id,
        "exp": now + _LIFETIME_SECONDS,
    }
    token = sign_jwt(wiring.keys, client.responses.signing_alg, claims, _TYPE)
    if client.response_encryption is None:
        return token
    # Its registration has seen to it that the key stands in its `jwks`.
    return encrypt_to(client.keys.jwks, client.response_encryption, token, is_jwt=True)
