"""An authorization response as one signed JWT (JARM §2.1)."""

from collections.abc import Mapping

from idp.clients.client import Client
from idp.keys.sign import sign_jwt
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
    return sign_jwt(wiring.keys, client.responses.signing_alg, claims, _TYPE)
