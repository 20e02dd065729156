"""Which members of a client's metadata go together, and which contradict each other."""

from idp.clients.authorization_responses import response_type_problem
from idp.clients.backchannel_authentication import CIBA
from idp.clients.client import KEY_METHODS, Client, has_users
from idp.clients.device_authorization import DEVICE_CODE
from idp.clients.jwt_bearer import JWT_BEARER
from idp.clients.members import InvalidClientMetadata
from idp.clients.token_exchange import TOKEN_EXCHANGE
from idp.protocol.response_types import ResponseType
from idp.protocol.signed_by_client import HMAC_ALGORITHMS

_REFRESHED_GRANT_TYPES = frozenset({"authorization_code", DEVICE_CODE, CIBA})


def check_consistency(client: Client) -> None:
    """Raises `InvalidClientMetadata` where grants, response types, secrets and PKCE contradict each other."""
    response_types = response_type_problem(client.response_types, client.grant_types)
    problems = (
        (not client.grant_types and not client.resource_of, "grant_types", "may be empty only for a resource server"),
        (response_types is not None, "response_types", response_types or ""),
        (
            "refresh_token" in client.grant_types and _REFRESHED_GRANT_TYPES.isdisjoint(client.grant_types),
            "grant_types",
            "has refresh_token without a grant type of people",
        ),
        # What passes through the browser is bound to nobody's key.
        (
            client.sender.binds_tokens and any(ResponseType(each).has_access_token for each in client.response_types),
            "response_types",
            "cannot have a token where access tokens are bound to a key",
        ),
        # RFC 6749 §4.4: confidential clients only.
        (
            "client_credentials" in client.grant_types and client.is_public,
            "token_endpoint_auth_method",
            "cannot be none with client_credentials",
        ),
        (
            (client.backchannel_authentication.delivery_mode is not None) != client.allows_grant_type(CIBA),
            "backchannel_token_delivery_mode",
            "must be given with the grant type of CIBA, and only then",
        ),
        # CIBA §4: whoever asks for people who are not there has proven who it is.
        (
            client.is_public and client.allows_grant_type(CIBA),
            "token_endpoint_auth_method",
            "cannot be none with the grant type of CIBA",
        ),
        (
            client.backchannel_authentication.request_signing_alg is not None and not client.keys.exist,
            "backchannel_authentication_request_signing_alg",
            "needs jwks or jwks_uri",
        ),
        (
            bool(client.token_exchange.audience) != client.allows_grant_type(TOKEN_EXCHANGE),
            "token_exchange_audience",
            "must be given with the grant type of RFC 8693, and only then",
        ),
        (
            bool(client.jwt_bearer_issuers) != client.allows_grant_type(JWT_BEARER),
            "jwt_bearer_issuers",
            "must be given with the grant type of RFC 7523, and only then",
        ),
        # Both speak for people who are not there: whoever does so has proven who it is.
        (
            client.is_public and not {TOKEN_EXCHANGE, JWT_BEARER}.isdisjoint(client.grant_types),
            "token_endpoint_auth_method",
            "cannot be none with token exchange or assertions",
        ),
        (
            client.application_type == "service" and has_users(client.grant_types),
            "grant_types",
            "of a service cannot be for people",
        ),
        # What runs in a browser has no place for a secret.
        (
            client.application_type == "spa" and not client.is_public,
            "token_endpoint_auth_method",
            "of an application in the browser must be none",
        ),
        # RFC 9700 §2.1.1: public clients must use PKCE.
        (
            client.is_public and not client.require_pkce,
            "require_pkce",
            "cannot be switched off without a client secret",
        ),
        (
            client.may_get_refresh_token and "refresh_token" not in client.grant_types,
            "issue_refresh_token",
            "needs the grant type refresh_token",
        ),
        (bool(client.resource_of) and client.is_public, "resource_of", "needs a client secret"),
        (
            client.token_endpoint_auth_method in KEY_METHODS and not client.keys.exist,
            "token_endpoint_auth_method",
            "needs jwks or jwks_uri",
        ),
        (
            client.is_named_by_authority != (client.certificate_subject is not None),
            "token_endpoint_auth_method",
            "is tls_client_auth with one of the tls_client_auth_ names, and only then",
        ),
        (
            client.token_endpoint_auth_signing_alg is not None
            and (client.token_endpoint_auth_signing_alg in HMAC_ALGORITHMS) != client.signs_with_secret,
            "token_endpoint_auth_signing_alg",
            "does not go with token_endpoint_auth_method",
        ),
    )
    for holds, member, reason in problems:
        if holds:
            raise InvalidClientMetadata(member, reason)
