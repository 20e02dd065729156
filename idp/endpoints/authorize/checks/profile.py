"""What the client's security profile leaves of response types and modes (FAPI 2.0 Security Profile §5.3.2.2)."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.errors import ErrorCode, OAuthError


def check_profile(asked: Asked) -> Mapping[str, Any]:
    profile = asked.client.profile
    for name, allowed in (("response_type", profile.response_types), ("response_mode", profile.response_modes)):
        value = asked.get(name)
        if value is not None and allowed is not None and value not in allowed:
            raise OAuthError(ErrorCode.INVALID_REQUEST, f"The client's security profile forbids this {name}.")
    return {}
