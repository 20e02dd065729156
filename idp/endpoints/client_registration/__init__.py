"""Clients register themselves: `POST /clients` (RFC 7591, OIDC Registration), and each at its own address (RFC 7592).

Off unless `IDP_CLIENT_REGISTRATION` says otherwise; then there is no such address at all. What a client may say is
`idp.clients.dynamic_metadata`, what becomes of it `idp.administration.dynamic_clients`.
"""

from idp.endpoints.client_registration.configuration import configuration_endpoint
from idp.endpoints.client_registration.register import REGISTRATION_PATH, registration_endpoint
from idp.settings import ClientRegistration
from idp.web.plain import ASGIApp
from idp.wiring import Wiring


def client_registration_endpoints(wiring: Wiring) -> tuple[tuple[str, ASGIApp], ...]:
    """Path and application of each, where they are switched on."""
    if wiring.settings.client_registration is ClientRegistration.OFF:
        return ()
    return (
        (REGISTRATION_PATH, registration_endpoint(wiring)),
        (REGISTRATION_PATH + "/{client_id}", configuration_endpoint(wiring)),
    )


__all__ = ["REGISTRATION_PATH", "client_registration_endpoints"]
