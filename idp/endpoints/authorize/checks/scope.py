"""`scope`: within what the client is registered for (RFC 6749 §3.3)."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.response_types import ResponseType
from idp.protocol.scopes import OPENID, OWN_API_PREFIX, parse_scope


def check_scope(asked: Asked) -> Mapping[str, Any]:
    scope = parse_scope(asked.get("scope"))
    if not scope:
        raise OAuthError(ErrorCode.INVALID_SCOPE, "scope is missing.")
    if not set(scope) <= set(asked.client.scope):
        raise OAuthError(ErrorCode.INVALID_SCOPE, "The client may not ask for one of these scopes.")
    if any(value.startswith(OWN_API_PREFIX) for value in scope):
        raise OAuthError(ErrorCode.INVALID_SCOPE, "A scope of the admin API is a client's own, never a person's.")
    response_type = ResponseType.read(asked.get("response_type") or "")
    if OPENID not in scope and response_type is not None and response_type.has_id_token:
        raise OAuthError(ErrorCode.INVALID_SCOPE, "An ID token needs the scope openid.")  # OIDC Core §3.1.2.1
    return {"scope": scope}
