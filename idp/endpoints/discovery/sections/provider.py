"""Who the provider is, and the endpoints that it always has."""

from collections.abc import Mapping
from typing import Any

from idp.wiring import Wiring


def provider(wiring: Wiring) -> Mapping[str, Any]:
    issuer = wiring.settings.issuer
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "introspection_endpoint": f"{issuer}/introspect",
        "revocation_endpoint": f"{issuer}/revoke",
        "ui_locales_supported": list(wiring.localization.available),
    }
