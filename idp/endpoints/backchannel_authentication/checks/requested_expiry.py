"""`requested_expiry`: for how many seconds the request shall live, as far as the installation lets it (CIBA §7.1)."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.backchannel_authentication.asked import BackchannelAsked
from idp.protocol.errors import ErrorCode, OAuthError

_LONGEST_DIGITS = 9


def check_requested_expiry(asked: BackchannelAsked) -> Mapping[str, Any]:
    usual = int(asked.wiring.settings.backchannel_request_lifetime.total_seconds())
    wanted = asked.get("requested_expiry")
    if wanted is None:
        return {"lifetime": usual}
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) <= _LONGEST_DIGITS and int(wanted) > 0):
        raise OAuthError(ErrorCode.INVALID_REQUEST, "requested_expiry is a positive number of seconds.")
    return {"lifetime": min(int(wanted), usual)}
