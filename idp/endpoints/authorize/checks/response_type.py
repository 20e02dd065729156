"""`response_type`: those that the client is registered for, its words in any order (OIDC Core §3).

Whoever is registered for nothing special has `code` alone (RFC 9700 §2.1.2); `token` alone and `none` do not exist.
"""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.response_types import ResponseType


def check_response_type(asked: Asked) -> Mapping[str, Any]:
    text = asked.get("response_type")
    if text is None:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "response_type is missing.")
    response_type = ResponseType.read(text)
    if response_type is None or (response_type not in asked.client.response_types and response_type != "code"):
        # AZ-07: to a client that is not registered for it, a type is as good as none.
        raise OAuthError(ErrorCode.UNSUPPORTED_RESPONSE_TYPE, "The response type is not supported for this client.")
    if response_type not in asked.client.response_types:
        raise OAuthError(ErrorCode.UNAUTHORIZED_CLIENT, "The client may not use this response type.")
    return {"response_type": response_type.value}
