"""One file per parameter; each reads its own and answers what it vouches for. The order is that in which errors win."""

from collections.abc import Callable, Mapping
from typing import Any

from idp.endpoints.backchannel_authentication.asked import BackchannelAsked
from idp.endpoints.backchannel_authentication.checks.binding_message import check_binding_message
from idp.endpoints.backchannel_authentication.checks.hint import check_hint
from idp.endpoints.backchannel_authentication.checks.notification_token import check_notification_token
from idp.endpoints.backchannel_authentication.checks.requested_expiry import check_requested_expiry
from idp.endpoints.backchannel_authentication.checks.scope import check_scope

Check = Callable[[BackchannelAsked], Mapping[str, Any]]

CHECKS: tuple[Check, ...] = (
    check_scope,
    check_notification_token,
    check_hint,
    check_binding_message,
    check_requested_expiry,
)
