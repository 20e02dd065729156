"""Grants, and how clients prove themselves on the back channel."""

from collections.abc import Mapping
from typing import Any

from idp.clients.client import AUTH_METHODS, NAMED_BY_AUTHORITY, PUBLIC_CLIENT, SELF_SIGNED
from idp.endpoints.token.grant_types import GRANT_TYPES
from idp.protocol.signed_by_client import CLIENT_ALGORITHMS, HMAC_ALGORITHMS
from idp.settings import Settings
from idp.wiring import Wiring


def token_endpoint(wiring: Wiring) -> Mapping[str, Any]:
    methods = [method for method in AUTH_METHODS if _is_possible(method, wiring.settings)]
    confidential = [method for method in methods if method != PUBLIC_CLIENT]
    return {
        "grant_types_supported": [*GRANT_TYPES, "implicit"],  # RFC 7591 §2.1: the last has no token request
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": [*CLIENT_ALGORITHMS, *HMAC_ALGORITHMS],
        "introspection_endpoint_auth_methods_supported": confidential,
        "revocation_endpoint_auth_methods_supported": methods,
    }


def _is_possible(method: str, settings: Settings) -> bool:
    """A certificate counts where a proxy passes it on; an authority's word, where the proxy says that it looked."""
    if method == NAMED_BY_AUTHORITY:
        return bool(settings.client_certificate_header and settings.client_certificate_verified_header)
    return method != SELF_SIGNED or bool(settings.client_certificate_header)
