"""`response_mode`: one that fits the response type, of those that the client may name (AZ-08).

What the request goes on with is the mode itself: a default, and the short `jwt`, are replaced by what they stand for.
"""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.response_modes import find_mode

_WEB_ADDRESSES = ("https://", "http://")


def check_response_mode(asked: Asked) -> Mapping[str, Any]:
    name, response_type = asked.get("response_mode"), asked.get("response_type") or ""
    mode = find_mode(name, response_type)
    if mode is None:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "The response mode is not supported for this response type.")
    if name is not None and name not in asked.client.responses.modes:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "The client is not registered for this response mode.")
    if mode.needs_web_address and not asked.parameters["redirect_uri"].startswith(_WEB_ADDRESSES):
        raise OAuthError(ErrorCode.INVALID_REQUEST, "The response mode needs a redirect URI of http or https.")
    return {"response_mode": mode.name}
