"""`scope`: within what the client is registered for (RFC 6749 §3.3)."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.scopes import OWN_API_PREFIX, parse_scope


def check_scope(asked: Asked) -> Mapping[str, Any]:
    scope = parse_scope(asked.get("scope"))
    if not scope:
        raise OAuthError(ErrorCode.INVALID_SCOPE, "scope is missing.")
    if not set(scope) <= set(asked.client.scope):
        raise OAuthError(ErrorCode.INVALID_SCOPE, "The client may not ask for one of these scopes.")
    if any(value.startswith(OWN_API_PREFIX) for value in scope):
        raise OAuthError(ErrorCode.INVALID_SCOPE, "A scope of the admin API is a client's own, never a person's.")
    return {"scope": scope}
