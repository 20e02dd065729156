"""`POST /par`: an authorization request is handed in beforehand, by the client itself (RFC 9126).

It passes everything that it would have to pass at the authorization endpoint; what the browser then carries is a name.
"""

from collections.abc import Mapping

from idp.clients.client import Client
from idp.endpoints.authorize.unpacking import unpack_pushed_body
from idp.endpoints.authorize.validation import destination_of, unproven, validated
from idp.grants.pushed_requests import REQUEST_URI_PREFIX, PushedRequest, push_request
from idp.protocol.errors import ErrorCode, OAuthError
from idp.web.client_authentication import authenticate_client
from idp.web.dpop import nonce_for_next, requested_thumbprint
from idp.web.plain import ASGIApp, PlainRequest, PlainResponse, json_response, plain_endpoint
from idp.wiring import Wiring

# RFC 9126 §2.1: parameters of client authentication are no part of the request.
_OF_AUTHENTICATION = frozenset({"client_secret", "client_assertion", "client_assertion_type"})
# Everybody can speak for a public client: what they can store stays small (DS-09). No person signs in oftener.
_PUBLIC_RATE = "60/minute"


def pushed_authorization_endpoint(wiring: Wiring) -> ASGIApp:
    async def par(request: PlainRequest) -> PlainResponse:
        if request.scope["query_string"]:
            raise OAuthError(ErrorCode.INVALID_REQUEST, "Parameters belong into the body.")
        form = await request.form()
        client = await authenticate_client(request, form, wiring)
        await _limit(request, wiring, client)
        pushed = await _checked(request, wiring, client, form)
        lifetime = int(wiring.settings.pushed_request_lifetime.total_seconds())
        async with wiring.database.writing() as db:
            request_id = await push_request(db, wiring.master_keys, pushed, expires_at=wiring.clock.now() + lifetime)
        # RFC 9126 §2.2
        answer = {"request_uri": f"{REQUEST_URI_PREFIX}{request_id}", "expires_in": lifetime}
        return json_response(answer, 201, headers=nonce_for_next(request, wiring))

    return plain_endpoint(par, ("POST",), cross_origin=True)


async def _limit(request: PlainRequest, wiring: Wiring, client: Client) -> None:
    """Raises `OAuthError` for too many from one address."""
    bucket, rate = ("par-public", _PUBLIC_RATE) if client.is_public else ("par", wiring.settings.address_limit)
    if wait := await wiring.addresses.hit(bucket, request.address, rate):
        headers = {"Retry-After": str(wait)}
        raise OAuthError(ErrorCode.TEMPORARILY_UNAVAILABLE, "Too many requests; wait.", status=429, headers=headers)


async def _checked(request: PlainRequest, wiring: Wiring, client: Client, form: Mapping[str, str]) -> PushedRequest:
    """Raises `OAuthError`: RFC 9126 §2.3, every refusal is an answer to the client."""
    outer = {name: value for name, value in form.items() if name not in _OF_AUTHENTICATION}
    unpacked = await unpack_pushed_body(wiring, client, {**outer, "client_id": client.client_id})
    if destination_of(wiring, unpacked) is None:
        raise unproven(unpacked)
    asked = validated(wiring, client, unpacked, is_pushed=True)
    thumbprint = await requested_thumbprint(request, wiring, asked.dpop_jkt)  # RFC 9449 §10.1
    bound_to = {"dpop_jkt": thumbprint} if thumbprint is not None else {}
    return PushedRequest(client.client_id, {**unpacked.parameters, **bound_to}, unpacked.is_signed)
