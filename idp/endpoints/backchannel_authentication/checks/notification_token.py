"""`client_notification_token`: what a ping proves itself with; needed where the client is pinged (CIBA §7.1)."""

import re
from collections.abc import Mapping
from typing import Any

from idp.endpoints.backchannel_authentication.asked import BackchannelAsked
from idp.protocol.errors import ErrorCode, OAuthError

# CIBA §7.1: RFC 6750 §2.1's b64token, at most 1024 characters.
_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]{1,1024}=*")
_LONGEST = 1024


def check_notification_token(asked: BackchannelAsked) -> Mapping[str, Any]:
    if not asked.client.backchannel_authentication.wants_ping:
        return {"notification_token": None}
    token = asked.get("client_notification_token")
    if token is None:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "client_notification_token is missing.")
    if len(token) > _LONGEST or _TOKEN.fullmatch(token) is None:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "client_notification_token is not a bearer token.")
    return {"notification_token": token}
