"""Error pages: plain words for the person, folded details for the developer, and never a redirect."""

from collections.abc import Mapping

from starlette.responses import Response

from idp.clients.client import Client
from idp.protocol.errors import OAuthError
from idp.web.applications import application_view
from idp.web.scope import PageScope

_SHOWN = 500


def authorization_error_page(
    scope: PageScope,
    error: OAuthError,
    *,
    client: Client | None = None,
    parameters: Mapping[str, str] | None = None,
) -> Response:
    """For a request whose redirect URI was not proven (RFC 6749 §4.1.2.1)."""
    return scope.page(
        "error.html",
        status=400,
        code=str(error.code),
        description=error.description,
        received_uri=(parameters or {}).get("redirect_uri", "")[:_SHOWN],
        # Registered URIs are for their developer's eyes: shown on localhost only.
        expected_uris=client.redirect_uris if client and scope.wiring.settings.is_development else (),
        app=application_view(client, scope.locale()) if client else None,
        back_url=(client.client_uri or "") if client else "",
    )
