"""Which addresses a client may register: where people are sent back to, and what is read or shown of it."""

from idp.clients.client import Client, has_redirects
from idp.clients.members import InvalidClientMetadata
from idp.protocol.redirect_uris import registration_problem


def check_addresses(client: Client) -> None:
    """Raises `InvalidClientMetadata` for an address that may not be registered."""
    if bool(client.redirect_uris) != has_redirects(client.grant_types):
        raise InvalidClientMetadata("redirect_uris", "must be given with authorization_code or implicit, and only then")
    for member, uris in (
        ("redirect_uris", client.redirect_uris),
        ("post_logout_redirect_uris", client.post_logout_redirect_uris),
    ):
        for uri in uris:
            _check_uri(member, uri, client.application_type)
    for member in ("client_uri", "logo_uri", "policy_uri", "tos_uri", "initiate_login_uri"):
        if (uri := getattr(client, member)) is not None:
            _check_uri(member, uri, "web")
    if client.keys.jwks_uri is not None:
        _check_uri("jwks_uri", client.keys.jwks_uri, "web")
    for member, uri in client.translations.uris():
        _check_uri(member, uri, "web")


def _check_uri(member: str, uri: str, application_type: str) -> None:
    if problem := registration_problem(uri, application_type):
        raise InvalidClientMetadata(member, problem)
