"""`GET /.well-known/openid-configuration`, its RFC 8414 twin, and `GET /jwks`."""

from typing import Any

from idp.endpoints.discovery.document import provider_metadata
from idp.keys.rotation import JWKS_MAX_AGE_SECONDS
from idp.web.plain import ASGIApp, PlainRequest, PlainResponse, json_response, plain_endpoint
from idp.wiring import Wiring

# A new key is published longer than this before it signs.
_CACHED = {"cache-control": f"public, max-age={JWKS_MAX_AGE_SECONDS}"}


def discovery_endpoint(wiring: Wiring) -> ASGIApp:
    response = json_response(provider_metadata(wiring), headers=_CACHED)

    async def discovery(_: PlainRequest) -> PlainResponse:
        return response

    return plain_endpoint(discovery, ("GET",), cross_origin=True)


def jwks_endpoint(wiring: Wiring) -> ASGIApp:
    headers = {**_CACHED, "content-type": "application/jwk-set+json"}
    shown: tuple[Any, Any] = (None, None)
    response = PlainResponse()

    async def jwks(_: PlainRequest) -> PlainResponse:
        nonlocal shown, response
        keys = (wiring.keys.jwks(), wiring.encryption_keys.public_jwks())
        if keys[0] is not shown[0] or keys[1] is not shown[1]:  # a ring shows another object once it has other keys
            response = json_response({"keys": [*keys[0], *keys[1]]}, headers=headers)
            shown = keys
        return response

    return plain_endpoint(jwks, ("GET",), cross_origin=True)
