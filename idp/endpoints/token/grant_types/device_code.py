"""`urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 §3.4)."""

from typing import Any

from idp.decoupled.request import Kind
from idp.endpoints.token.grant_types.polling import poll
from idp.endpoints.token.grant_types.refusals import missing_user_agent
from idp.endpoints.token.request import TokenRequest
from idp.protocol.user_agent_binding import BindingMode


async def device_code(request: TokenRequest) -> dict[str, Any]:
    return await poll(request, Kind.DEVICE, request.require("device_code"), binding_after=_binding_after)


def _binding_after(request: TokenRequest) -> BindingMode:
    """The device is known by its product's name from now on; raises `OAuthError` where it has to give one."""
    if request.client.user_agent_binding == "off":
        return BindingMode.OFF
    if request.agent is not None:
        return BindingMode.PRODUCT
    if request.client.user_agent_binding == "required":
        raise missing_user_agent()
    return BindingMode.UNBOUND
