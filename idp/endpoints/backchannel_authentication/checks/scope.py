"""`scope`: with `openid` (CIBA §7.1); what else may stand in it is checked as at the authorization endpoint."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.backchannel_authentication.asked import BackchannelAsked
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.scopes import OPENID, parse_scope


def check_scope(asked: BackchannelAsked) -> Mapping[str, Any]:
    if OPENID not in parse_scope(asked.get("scope")):
        raise OAuthError(ErrorCode.INVALID_SCOPE, "scope must contain openid.")
    return {}
