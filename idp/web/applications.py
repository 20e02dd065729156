"""How an application is shown on our pages."""

from typing import NamedTuple
from urllib.parse import urlsplit

from idp.clients.client import Client


class ApplicationView(NamedTuple):
    """Quick to compare: prepared pages are known by it, among others."""

    name: str
    logo_uri: str | None
    policy_uri: str | None
    tos_uri: str | None
    host: str


def logo_of(client: Client, locale: str) -> str | None:
    """Where the client's logo is, in the language of the page."""
    return client.translations.find("logo_uri", locale) or client.logo_uri


def application_view(client: Client, locale: str) -> ApplicationView:
    """In the language of the page, as far as the client has it (OIDC Registration §2.1).

    The host is that of its first redirect URI, in full: the one thing that it cannot make up.
    """
    home = client.redirect_uris[0] if client.redirect_uris else client.client_uri or ""
    translated = client.translations.find
    return ApplicationView(
        name=translated("client_name", locale) or client.client_name,
        # From our own origin, which fetches it: a page of ours asks nobody else for anything (AZ-13).
        logo_uri=f"/clients/{client.client_id}/logo?locale={locale}" if logo_of(client, locale) else None,
        policy_uri=translated("policy_uri", locale) or client.policy_uri,
        tos_uri=translated("tos_uri", locale) or client.tos_uri,
        host=urlsplit(home).hostname or client.client_name,
    )
