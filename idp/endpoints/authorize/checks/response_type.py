"""`response_type`: the code flow only (RFC 9700 §2.1.2)."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.errors import ErrorCode, OAuthError


def check_response_type(asked: Asked) -> Mapping[str, Any]:
    response_type = asked.get("response_type")
    if response_type is None:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "response_type is missing.")
    if response_type != "code":
        raise OAuthError(ErrorCode.UNSUPPORTED_RESPONSE_TYPE, "The response type is not supported; use code.")
    if "code" not in asked.client.response_types or not asked.client.allows_grant_type("authorization_code"):
        raise OAuthError(ErrorCode.UNAUTHORIZED_CLIENT, "The client may not use this response type.")
    return {"response_type": response_type}
