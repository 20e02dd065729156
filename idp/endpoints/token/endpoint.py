"""`POST /token`."""

from idp.endpoints.token.counting import Counted
from idp.endpoints.token.grant_types import GRANT_TYPES
from idp.endpoints.token.request import read_token_request
from idp.protocol.errors import ErrorCode, OAuthError
from idp.web.client_authentication import authenticate_client
from idp.web.dpop import nonce_for_next
from idp.web.plain import ASGIApp, PlainRequest, PlainResponse, json_response, plain_endpoint
from idp.web.sender import proven_keys
from idp.wiring import Wiring


def token_endpoint(wiring: Wiring) -> ASGIApp:
    async def token(request: PlainRequest) -> PlainResponse:
        if request.scope["query_string"]:
            raise OAuthError(ErrorCode.INVALID_REQUEST, "Parameters belong into the body.")  # RFC 6749 §2.3.1
        form = await request.form()
        name = form.get("grant_type", "")
        with Counted(name if name in GRANT_TYPES else "other"):
            client = await authenticate_client(request, form, wiring)
            if not name:
                raise OAuthError(ErrorCode.INVALID_REQUEST, "grant_type is missing.")
            grant_type = GRANT_TYPES.get(name)
            if grant_type is None:
                raise OAuthError(ErrorCode.UNSUPPORTED_GRANT_TYPE, "The grant type is not supported.")
            if not client.allows_grant_type(name):
                raise OAuthError(ErrorCode.UNAUTHORIZED_CLIENT, "The client may not use this grant type.")
            confirmation = await proven_keys(request, wiring, client)
            answer = await grant_type(read_token_request(request, wiring, client, form, confirmation=confirmation))
            return json_response(answer, headers=nonce_for_next(request, wiring))

    return plain_endpoint(token, ("POST",), cross_origin=True)
