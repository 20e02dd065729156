"""Who asks, and how often an address may."""

from idp.audit.record import Origin
from idp.protocol.errors import ErrorCode, OAuthError
from idp.web.plain import PlainRequest
from idp.wiring import Wiring


async def throttle(request: PlainRequest, wiring: Wiring) -> None:
    """Raises `OAuthError` (429) for an address that has had its share."""
    limit = wiring.settings.client_registration_address_limit
    if wait := await wiring.addresses.hit("client-registration", request.address, limit):
        headers = {"Retry-After": str(wait)}
        raise OAuthError(ErrorCode.TEMPORARILY_UNAVAILABLE, "Too many requests; wait.", status=429, headers=headers)


def requester(request: PlainRequest, wiring: Wiring, *, actor: str) -> Origin:
    """For the audit log, with the request's one `now`."""
    agents = request.headers_named("user-agent")
    return Origin(
        address=request.address,
        user_agent=agents[0] if agents else None,
        device_id=None,
        request_id=request.request_id,
        actor=actor,
        now=wiring.clock.now(),
    )
