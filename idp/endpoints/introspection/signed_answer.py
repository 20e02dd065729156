"""The introspection answer as a JWT (RFC 9701): a resource server can keep it as evidence."""

from collections.abc import Iterable, Mapping
from typing import Any

from idp.clients.client import Client
from idp.issuing.encryption import encrypted
from idp.keys.sign import sign_jwt_in_turn
from idp.web.plain import PlainResponse
from idp.wiring import Wiring

_JWT_TYPE = "token-introspection+jwt"
_MEDIA_TYPE = f"application/{_JWT_TYPE}"


def wants_jwt(accept: Iterable[str]) -> bool:
    """RFC 9701 §4: whether the Accept headers name the JWT. A range such as `*/*` means the plain answer."""
    for media_range in ",".join(accept).split(","):
        name, *parameters = (part.strip().lower() for part in media_range.split(";"))
        if name == _MEDIA_TYPE:
            return not any(_is_zero(parameter) for parameter in parameters)
    return False


def _is_zero(parameter: str) -> bool:
    """RFC 9110 §12.4.2: `q=0` in any of its spellings is a no."""
    name, _, value = parameter.partition("=")
    return name == "q" and value != "" and not value.strip("0.")


async def signed_answer(wiring: Wiring, client: Client, described: Mapping[str, Any], *, now: int) -> PlainResponse:
    """RFC 9701 §5: made out to the caller, and by `typ` and shape no token that could be used as one.

    Encrypted where the caller is registered for it; raises `OAuthError` without a key of it.
    """
    claims = {
        "iss": wiring.settings.issuer,
        "aud": client.client_id,
        "iat": now,
        "token_introspection": dict(described),
    }
    token = await sign_jwt_in_turn(wiring.keys, client.introspection.signed_response_alg, claims, _JWT_TYPE)
    headers = {"content-type": _MEDIA_TYPE, "cache-control": "no-store", "pragma": "no-cache"}
    body = await encrypted(wiring, client, client.introspection.encryption, token, is_jwt=True)
    return PlainResponse(200, body.encode(), headers)
