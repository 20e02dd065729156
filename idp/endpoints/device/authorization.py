"""`POST /device_authorization` (RFC 8628 §3.1, §3.2)."""

from idp.clients.device_authorization import DEVICE_CODE
from idp.decoupled import store
from idp.decoupled.codes import new_user_code
from idp.decoupled.request import DecoupledRequest, Kind, State
from idp.endpoints.authorize.without_redirect import check_without_redirect
from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.errors import ErrorCode, OAuthError
from idp.sealing import new_id, new_secret
from idp.web.client_authentication import authenticate_client
from idp.web.plain import ASGIApp, PlainRequest, PlainResponse, json_response, plain_endpoint
from idp.wiring import Wiring

INTERVAL = 5  # seconds, RFC 8628 §3.2
_BUCKET = "device-authorization"
_TRIES = 5  # two devices with one code at a time: once in 25 thousand million


def device_authorization_endpoint(wiring: Wiring) -> ASGIApp:
    async def device_authorization(request: PlainRequest) -> PlainResponse:
        form = await request.form()
        client = await authenticate_client(request, form, wiring)
        if not client.allows_grant_type(DEVICE_CODE):
            raise OAuthError(ErrorCode.UNAUTHORIZED_CLIENT, "The client may not use this grant type.")
        # A row is written for whoever asks (DS-09).
        if wait := await wiring.addresses.hit(_BUCKET, request.address, wiring.settings.device_address_limit):
            headers = {"Retry-After": str(wait)}
            raise OAuthError(ErrorCode.TEMPORARILY_UNAVAILABLE, "Too many requests.", status=429, headers=headers)
        device_code, opened = await _open(wiring, request, check_without_redirect(wiring, client, form))
        user_code, page = opened.secrets["user_code"], f"{wiring.settings.issuer}/device"
        return json_response(
            {
                "device_code": device_code,
                "user_code": user_code,
                "verification_uri": page,
                "verification_uri_complete": f"{page}?user_code={user_code}",
                "expires_in": opened.expires_at - opened.created_at,
                "interval": opened.interval,
            }
        )

    return plain_endpoint(device_authorization, ("POST",), cross_origin=True)


async def _open(wiring: Wiring, request: PlainRequest, asked: AuthorizationRequest) -> tuple[str, DecoupledRequest]:
    """The device code, and the row that waits for an answer."""
    now, agents = wiring.clock.now(), request.headers_named("user-agent")
    async with wiring.database.writing() as db:
        for _ in range(_TRIES):
            device_code = new_secret()
            opened = DecoupledRequest(
                id=new_id(),
                kind=Kind.DEVICE,
                state=State.PENDING,
                client_id=asked.client_id,
                account_id=None,
                grant_id=None,
                asked=asked,
                binding_message=None,
                secrets={"user_code": new_user_code()},
                origin_address=request.address[:64],
                origin_agent=agents[0][:200] if agents else None,
                interval=INTERVAL,
                created_at=now,
                expires_at=now + int(wiring.settings.device_code_lifetime.total_seconds()),
            )
            if await store.insert(db, wiring.master_keys, opened, secret=device_code):
                return device_code, opened
    raise OAuthError(ErrorCode.TEMPORARILY_UNAVAILABLE, "No user code is free.")
