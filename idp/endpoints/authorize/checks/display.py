"""`display`: accepted in its four values; the pages fit any of them (OIDC Core §3.1.2.1)."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.errors import ErrorCode, OAuthError

_VALUES = {"page", "popup", "touch", "wap"}


def check_display(asked: Asked) -> Mapping[str, Any]:
    display = asked.get("display")
    if display is not None and display not in _VALUES:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "display has a value that is not supported.")
    return {"display": display}
