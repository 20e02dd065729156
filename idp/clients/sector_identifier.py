"""Reads the file at a `sector_identifier_uri`: the redirect URIs that may share one sector (OIDC Registration §5)."""

from idp.clients.client import Client, InvalidClientMetadata
from idp.outbound.client import OutboundClient, OutboundFailed
from idp.protocol.strict_json import parse_array

_MEMBER = "sector_identifier_uri"


async def check_sector_identifier(outbound: OutboundClient, client: Client) -> None:
    """Before a client is stored, outside of any transaction: it waits for a stranger. Raises `InvalidClientMetadata`.

    Without this check, a client could name the sector of another one and be told what that one is told of people.
    """
    uri = client.subjects.sector_identifier_uri
    if uri is None:
        return
    try:
        listed = parse_array((await outbound.get(uri, accept="application/json")).body)
    except (OutboundFailed, ValueError) as error:
        raise InvalidClientMetadata(_MEMBER, "could not be read as a JSON array") from error
    if not set(client.redirect_uris) <= {each for each in listed if isinstance(each, str)}:
        raise InvalidClientMetadata(_MEMBER, "does not list every one of the redirect_uris")
