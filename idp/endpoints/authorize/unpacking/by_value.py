"""`request`: the parameters are the claims of a JWT that the client signed (OIDC Core §6.1, RFC 9101)."""

from collections.abc import Mapping

from idp.clients.client import Client
from idp.endpoints.authorize.unpacking.request_object import open_request_object
from idp.endpoints.authorize.unpacking.unpacked import Unpacked
from idp.wiring import Wiring


async def by_value(wiring: Wiring, client: Client, outer: Mapping[str, str]) -> Unpacked | None:
    """None where it was not used."""
    token = outer.get("request")
    return None if token is None else await open_request_object(wiring, client, outer, token)
