"""`request_uri` with an address of the client's, where the request object lies (OIDC Core §6.2, RFC 9101 §5.2).

Off until the client has registered its addresses: nothing else is ever fetched (AZ-21).
"""

from collections.abc import Mapping

from idp.clients.client import Client
from idp.endpoints.authorize.unpacking.request_object import open_request_object
from idp.endpoints.authorize.unpacking.unpacked import Unpacked
from idp.outbound.client import OutboundFailed
from idp.protocol.errors import ErrorCode, OAuthError
from idp.wiring import Wiring


async def by_reference(wiring: Wiring, client: Client, outer: Mapping[str, str]) -> Unpacked | None:
    """None where it was not used."""
    request_uri = outer.get("request_uri")
    if request_uri is None:
        return None
    registered = client.request_objects.request_uris
    if not registered or not client.keys.exist:
        # Without keys nothing that lies there could count: it is not read.
        refusal = OAuthError(
            ErrorCode.REQUEST_URI_NOT_SUPPORTED, "The client has no registered request_uris, or no keys."
        )
        return Unpacked(client, outer, refusal=refusal)
    # As the client registered it, its fragment too: no part of an address is a stranger's choice.
    if request_uri not in registered:
        refusal = OAuthError(ErrorCode.INVALID_REQUEST_URI, "request_uri is not registered for the client.")
        return Unpacked(client, outer, refusal=refusal)
    try:
        token = await wiring.request_references.read(request_uri)
    except OutboundFailed:
        refusal = OAuthError(ErrorCode.INVALID_REQUEST_URI, "No request object could be read at request_uri.")
        return Unpacked(client, outer, refusal=refusal)
    return await open_request_object(wiring, client, outer, token)
