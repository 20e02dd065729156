"""Discovery (OIDC Discovery §3, RFC 8414 §2) and the JWKS: bytes from configuration, never from a request (WE-09)."""

from typing import Any

from idp.clients.client import AUTH_METHODS, SIGNING_ALGORITHMS
from idp.endpoints.authorize.checks.prompt import PROMPT_VALUES
from idp.endpoints.token.grant_types import GRANT_TYPES
from idp.keys.rotation import JWKS_MAX_AGE_SECONDS
from idp.protocol.scopes import CLAIMS_OF_SCOPE, STANDARD_SCOPES
from idp.protocol.signed_by_client import CLIENT_ALGORITHMS
from idp.web.plain import ASGIApp, PlainRequest, PlainResponse, json_response, plain_endpoint
from idp.wiring import Wiring

# A new key is published longer than this before it signs.
_CACHED = {"cache-control": f"public, max-age={JWKS_MAX_AGE_SECONDS}"}
_TOKEN_CLAIMS = ("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash", "ua_binding")


def provider_metadata(wiring: Wiring) -> dict[str, Any]:
    """Exactly what works; a test compares it with the routes and the tables."""
    issuer = wiring.settings.issuer
    confidential = [method for method in AUTH_METHODS if method != "none"]
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "introspection_endpoint": f"{issuer}/introspect",
        "revocation_endpoint": f"{issuer}/revoke",
        "end_session_endpoint": f"{issuer}/logout",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANT_TYPES),
        "scopes_supported": list(STANDARD_SCOPES),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        "token_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "token_endpoint_auth_signing_alg_values_supported": list(CLIENT_ALGORITHMS),
        "introspection_endpoint_auth_methods_supported": confidential,
        "revocation_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "code_challenge_methods_supported": ["S256"],
        "claim_types_supported": ["normal"],
        "claims_supported": sorted({*_TOKEN_CLAIMS, *(claim for all_ in CLAIMS_OF_SCOPE.values() for claim in all_)}),
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "prompt_values_supported": list(PROMPT_VALUES),
        "display_values_supported": ["page", "popup", "touch", "wap"],
        "acr_values_supported": list(wiring.levels.ordered),
        "ui_locales_supported": list(wiring.localization.available),
        "authorization_response_iss_parameter_supported": True,
        "user_agent_binding_parameter": "user_agent",
        "user_agent_binding_modes_supported": ["exact", "stable", "off"],
    }


def discovery_endpoint(wiring: Wiring) -> ASGIApp:
    response = json_response(provider_metadata(wiring), headers=_CACHED)

    async def discovery(_: PlainRequest) -> PlainResponse:
        return response

    return plain_endpoint(discovery, ("GET",), cross_origin=True)


def jwks_endpoint(wiring: Wiring) -> ASGIApp:
    headers = {**_CACHED, "content-type": "application/jwk-set+json"}

    async def jwks(_: PlainRequest) -> PlainResponse:
        return json_response(wiring.keys.jwks(), headers=headers)

    return plain_endpoint(jwks, ("GET",), cross_origin=True)
