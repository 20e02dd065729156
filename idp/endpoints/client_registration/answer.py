"""The client information response (RFC 7591 §3.2.1, RFC 7592 §3)."""

from typing import Any

from idp.administration.dynamic_clients import Registered
from idp.clients.dynamic_metadata import registered_metadata
from idp.web.plain import PlainResponse, json_response
from idp.wiring import Wiring


def client_information(wiring: Wiring, registered: Registered, *, path: str, status: int) -> PlainResponse:
    """All that is registered. A secret is in it only when it has just been made: its digest alone is stored."""
    registration = registered.registration
    client_id = registration.client.client_id
    members: dict[str, Any] = {
        "client_id": client_id,
        "client_id_issued_at": registration.created_at,
        "registration_client_uri": f"{wiring.settings.issuer}{path}/{client_id}",
        "registration_access_token": registered.token,
        **registered_metadata(client_id, registration.metadata),
    }
    if registered.secret is not None:
        members |= {"client_secret": registered.secret, "client_secret_expires_at": 0}  # 0: it does not expire
    return json_response(members, status)
