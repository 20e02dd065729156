"""`scope`: as at the authorization endpoint, and with `openid` (CIBA §7.1)."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.endpoints.authorize.checks import scope as at_authorize
from idp.endpoints.backchannel_authentication.asked import BackchannelAsked
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.scopes import OPENID


def check_scope(asked: BackchannelAsked) -> Mapping[str, Any]:
    members = at_authorize.check_scope(
        Asked(asked.parameters, asked.client, asked.wiring.levels, read_hint=lambda _: None)
    )
    if OPENID not in members["scope"]:
        raise OAuthError(ErrorCode.INVALID_SCOPE, "scope must contain openid.")
    return members
