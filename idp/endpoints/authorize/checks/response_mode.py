"""`response_mode`: one that fits the response type, of those that the client may name (AZ-08).

What the request goes on with is the mode itself: a default, and the short `jwt`, are replaced by what they stand for.
"""

from collections.abc import Mapping
from typing import Any

from idp.clients.client import Client
from idp.endpoints.authorize.asked import Asked
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.response_modes import ResponseMode, default_mode, find_mode

_WEB_ADDRESSES = ("https://", "http://")


def check_response_mode(asked: Asked) -> Mapping[str, Any]:
    mode = _usable_mode(asked.client, asked.parameters)
    if mode is None:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "The response mode is not for this client and response type.")
    return {"response_mode": mode.name}


def mode_of_errors(client: Client, parameters: Mapping[str, str]) -> ResponseMode:
    """Errors go the way that success would; where the request names none that it may use, the default way."""
    return _usable_mode(client, parameters) or default_mode(parameters.get("response_type", ""))


def _usable_mode(client: Client, parameters: Mapping[str, str]) -> ResponseMode | None:
    name = parameters.get("response_mode")
    mode = find_mode(name, parameters.get("response_type", ""))
    if mode is None or (name is not None and name not in client.responses.modes):
        return None
    # What opens an application of a device takes no form.
    is_web = parameters.get("redirect_uri", "").startswith(_WEB_ADDRESSES)
    return mode if is_web or not mode.needs_web_address else None
