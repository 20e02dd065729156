"""Grants, and how clients prove themselves on the back channel."""

from collections.abc import Mapping
from typing import Any

from idp.clients.client import AUTH_METHODS, PUBLIC_CLIENT
from idp.endpoints.token.grant_types import GRANT_TYPES
from idp.protocol.signed_by_client import CLIENT_ALGORITHMS
from idp.wiring import Wiring


def token_endpoint(_: Wiring) -> Mapping[str, Any]:
    confidential = [method for method in AUTH_METHODS if method != PUBLIC_CLIENT]
    return {
        "grant_types_supported": [*GRANT_TYPES, "implicit"],  # RFC 7591 §2.1: the last has no token request
        "token_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "token_endpoint_auth_signing_alg_values_supported": list(CLIENT_ALGORITHMS),
        "introspection_endpoint_auth_methods_supported": confidential,
        "revocation_endpoint_auth_methods_supported": list(AUTH_METHODS),
    }
