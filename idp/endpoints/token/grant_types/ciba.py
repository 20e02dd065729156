"""`urn:openid:params:grant-type:ciba` (CIBA Core 1.0 §10.1)."""

from typing import Any

from idp.decoupled.request import Kind
from idp.endpoints.token.grant_types.polling import poll
from idp.endpoints.token.request import TokenRequest
from idp.protocol.user_agent_binding import BindingMode


async def ciba(request: TokenRequest) -> dict[str, Any]:
    return await poll(request, Kind.BACKCHANNEL, request.require("auth_req_id"), binding_after=_never_bound)


def _never_bound(_: TokenRequest) -> BindingMode:
    """The person answered on another device than the one that is served."""
    return BindingMode.OFF
