"""Where clients register themselves (RFC 7591, OIDC Registration), if they may."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.client_registration import REGISTRATION_PATH
from idp.settings import ClientRegistration
from idp.wiring import Wiring


def client_registration(wiring: Wiring) -> Mapping[str, Any]:
    if wiring.settings.client_registration is ClientRegistration.OFF:
        return {}
    return {"registration_endpoint": wiring.settings.issuer + REGISTRATION_PATH}
