"""`registration`: not offered, and said so in the specification's own words (OIDC Core §7.2.1)."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.errors import ErrorCode, OAuthError


def check_registration(asked: Asked) -> Mapping[str, Any]:
    if asked.get("registration") is not None:
        raise OAuthError(ErrorCode.REGISTRATION_NOT_SUPPORTED, "The registration parameter is not supported.")
    return {}
