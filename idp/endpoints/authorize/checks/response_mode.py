"""`response_mode`: the answer's parameters stand in the query (OAuth 2.0 Multiple Response Types §2.1)."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.errors import ErrorCode, OAuthError


def check_response_mode(asked: Asked) -> Mapping[str, Any]:
    response_mode = asked.get("response_mode") or "query"
    if response_mode != "query":
        raise OAuthError(ErrorCode.INVALID_REQUEST, "The response mode is not supported; use query.")
    return {"response_mode": response_mode}
