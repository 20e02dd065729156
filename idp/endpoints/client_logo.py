"""`GET /clients/{client_id}/logo?locale=`: the picture of an application, for our own pages."""

from hashlib import sha256

from idp.sealing import base64url
from idp.web.applications import logo_of
from idp.web.plain import ASGIApp, PlainRequest, PlainResponse, json_response, plain_endpoint
from idp.wiring import Wiring

CLIENT_LOGO_PATH = "/clients/{client_id}/logo"
_MAX_AGE_SECONDS = 3600


def client_logo_endpoint(wiring: Wiring) -> ASGIApp:
    async def client_logo(request: PlainRequest) -> PlainResponse:
        """404 for a client that is none, has none, or whose logo cannot be shown."""
        wait = await wiring.addresses.hit("client-logo", request.address, wiring.settings.address_limit)
        if wait:
            return json_response({"error": "temporarily_unavailable"}, 429, {"retry-after": str(wait)})
        client = await wiring.clients.get(request.path_parameter("client_id"))
        url = logo_of(client, request.query().get("locale", "")) if client is not None and client.is_active else None
        logo = await wiring.logos.get(url) if url is not None else None
        if logo is None:
            return json_response({"error": "invalid_request"}, 404)
        headers = {
            "content-type": logo.media_type,
            "cache-control": f"public, max-age={_MAX_AGE_SECONDS}",
            "etag": f'"{base64url(sha256(logo.body).digest())}"',
        }
        return PlainResponse(200, logo.body, headers)

    return plain_endpoint(client_logo, ("GET",))
