"""`GET /.well-known/openid-configuration`, its RFC 8414 twin, and `GET /jwks`: ready before they are asked for."""

from collections.abc import Callable, Mapping
from typing import Any

from idp.endpoints.discovery.document import provider_metadata
from idp.keys.rotation import JWKS_MAX_AGE_SECONDS
from idp.web.plain import ASGIApp, PlainRequest, PlainResponse, json_response, plain_endpoint
from idp.wiring import Wiring

# A new key is published longer than this before it signs.
_CACHED = {"cache-control": f"public, max-age={JWKS_MAX_AGE_SECONDS}"}


def prepared_answers(wiring: Wiring) -> Mapping[str, Callable[[], PlainResponse]]:
    """By their paths: what makes the answer, which is the same object as long as it says the same."""
    discovery = json_response(provider_metadata(wiring), headers=_CACHED)
    return {
        "/.well-known/openid-configuration": lambda: discovery,
        "/.well-known/oauth-authorization-server": lambda: discovery,
        "/jwks": _jwks_of(wiring),
    }


def prepared_endpoint(prepared: Callable[[], PlainResponse]) -> ASGIApp:
    """The same for what is not answered at once: HEAD, a preflight, another method, a connection that is busy."""

    async def answer(_: PlainRequest) -> PlainResponse:
        return prepared()

    return plain_endpoint(answer, ("GET",), cross_origin=True)


def _jwks_of(wiring: Wiring) -> Callable[[], PlainResponse]:
    headers = {**_CACHED, "content-type": "application/jwk-set+json"}
    shown: tuple[Any, Any] = (None, None)
    response = PlainResponse()

    def prepared() -> PlainResponse:
        nonlocal shown, response
        keys = (wiring.keys.jwks(), wiring.encryption_keys.public_jwks())
        if keys[0] is not shown[0] or keys[1] is not shown[1]:  # a ring shows another object once it has other keys
            response = json_response({"keys": [*keys[0], *keys[1]]}, headers=headers)
            shown = keys
        return response

    return prepared
