"""The part of an authorization request that needs no redirect: what is asked for, checked as `/authorize` checks it.

For devices (RFC 8628 §3.1) and backchannel requests (CIBA §7.1), which are answered elsewhere.
"""

from collections.abc import Mapping
from typing import Any

from idp.clients.client import Client
from idp.endpoints.authorize.asked import Asked
from idp.endpoints.authorize.checks.acr import check_acr
from idp.endpoints.authorize.checks.authorization_details import check_authorization_details
from idp.endpoints.authorize.checks.resource import check_resource
from idp.endpoints.authorize.checks.scope import check_scope
from idp.protocol.authorization_request import AuthorizationRequest
from idp.wiring import Wiring

_CHECKS = (check_scope, check_resource, check_authorization_details, check_acr)


def check_without_redirect(wiring: Wiring, client: Client, parameters: Mapping[str, str]) -> AuthorizationRequest:
    """Raises `OAuthError`."""
    # Claims are asked for by scope here: neither specification has the parameter.
    known = {name: value for name, value in parameters.items() if name != "claims"}
    asked = Asked(
        parameters=known,
        client=client,
        issuer=wiring.settings.issuer,
        detail_types=wiring.detail_types,
        levels=wiring.levels,
        read_hint=lambda _: None,
    )
    members: dict[str, Any] = {}
    for check in _CHECKS:
        members |= check(asked)
    return AuthorizationRequest(
        client_id=client.client_id, redirect_uri="", response_type="code", response_mode="", **members
    )
