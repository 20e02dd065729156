"""`request`, `request_uri`, `registration`: not offered, and said so in the specification's own words."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.errors import ErrorCode, OAuthError

_REFUSALS = {
    "request": ErrorCode.REQUEST_NOT_SUPPORTED,  # OIDC Core §6.1
    "request_uri": ErrorCode.REQUEST_URI_NOT_SUPPORTED,  # OIDC Core §6.2
    "registration": ErrorCode.REGISTRATION_NOT_SUPPORTED,  # OIDC Core §7.2.1
}


def check_request_object(asked: Asked) -> Mapping[str, Any]:
    for parameter, code in _REFUSALS.items():
        if asked.get(parameter) is not None:
            raise OAuthError(code, f"The {parameter} parameter is not supported.")
    return {}
