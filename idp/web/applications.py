"""How an application is shown on our pages."""

from typing import TypedDict
from urllib.parse import urlsplit

from idp.clients.client import Client


class ApplicationView(TypedDict):
    name: str
    logo_uri: str | None
    policy_uri: str | None
    tos_uri: str | None
    host: str


def application_view(client: Client) -> ApplicationView:
    """The host is that of its first redirect URI, in full: the one thing that it cannot make up."""
    home = client.redirect_uris[0] if client.redirect_uris else client.client_uri or ""
    return ApplicationView(
        name=client.client_name,
        # From our own origin, which fetches it: a page of ours asks nobody else for anything (AZ-13).
        logo_uri=f"/clients/{client.client_id}/logo" if client.logo_uri else None,
        policy_uri=client.policy_uri,
        tos_uri=client.tos_uri,
        host=urlsplit(home).hostname or client.client_name,
    )
