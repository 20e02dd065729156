"""`POST /bc-authorize` (CIBA Core 1.0 §7)."""

from typing import Any

from idp.accounts.account import Account
from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.clients.backchannel_authentication import CIBA
from idp.clients.client import Client
from idp.decoupled import store
from idp.decoupled.request import DecoupledRequest, Kind, State
from idp.endpoints.authorize.without_redirect import check_without_redirect
from idp.endpoints.backchannel_authentication.asked import BackchannelAsked
from idp.endpoints.backchannel_authentication.checks import CHECKS
from idp.endpoints.backchannel_authentication.person import person_meant
from idp.endpoints.backchannel_authentication.signed_request import parameters_of
from idp.messaging.outbox import Message, enqueue
from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.errors import ErrorCode, OAuthError
from idp.sealing import new_id, new_secret
from idp.web.client_authentication import authenticate_client
from idp.web.plain import ASGIApp, PlainRequest, PlainResponse, json_response, plain_endpoint
from idp.wiring import Wiring

INTERVAL = 5  # seconds, CIBA §7.3


def backchannel_authentication_endpoint(wiring: Wiring) -> ASGIApp:
    async def backchannel_authentication(request: PlainRequest) -> PlainResponse:
        form = await request.form()
        client = await authenticate_client(request, form, wiring)
        if not client.allows_grant_type(CIBA):
            raise OAuthError(ErrorCode.UNAUTHORIZED_CLIENT, "The client may not use this grant type.")
        asked = BackchannelAsked(await parameters_of(wiring, client, form), client, wiring)
        request_itself = check_without_redirect(wiring, client, asked.parameters)
        members: dict[str, Any] = {}
        for check in CHECKS:
            members |= check(asked)
        account = await person_meant(wiring, client, members)
        auth_req_id = new_secret()
        opened = _opened(request_itself, account, members, auth_req_id, now=wiring.clock.now())
        mail, origin = _mail(wiring, client, account, opened), _origin(request, client, opened.created_at)
        async with wiring.database.writing() as db:
            await store.insert(db, wiring.master_keys, opened, secret=auth_req_id)
            await enqueue(db, wiring.master_keys, mail, opened.created_at)
            await record(
                db,
                Event.BACKCHANNEL_REQUEST_MADE,
                outcome="success",
                origin=origin,
                account_id=account.id,
                client_id=client.client_id,
                details={"scope": opened.asked.scope},
            )
        wiring.outbox.wake()
        return json_response(
            {
                "auth_req_id": auth_req_id,
                "expires_in": opened.expires_at - opened.created_at,
                "interval": opened.interval,
            }
        )

    return plain_endpoint(backchannel_authentication, ("POST",))


def _opened(
    asked: AuthorizationRequest, account: Account, members: dict[str, Any], auth_req_id: str, *, now: int
) -> DecoupledRequest:
    # Kept for the ping alone: whoever polls has it.
    token = members["notification_token"]
    secrets = {"auth_req_id": auth_req_id, "notification_token": token} if token else {}
    return DecoupledRequest(
        id=new_id(),
        kind=Kind.BACKCHANNEL,
        state=State.PENDING,
        client_id=asked.client_id,
        account_id=account.id,
        grant_id=None,
        asked=asked,
        binding_message=members["binding_message"],
        secrets=secrets,
        origin_address=None,
        origin_agent=None,
        interval=INTERVAL,
        created_at=now,
        expires_at=now + members["lifetime"],
    )


def _origin(request: PlainRequest, client: Client, now: int) -> Origin:
    return Origin(
        address=request.address,
        user_agent=None,
        device_id=None,
        request_id=request.request_id,
        actor=client.client_id,
        now=now,
    )


def _mail(wiring: Wiring, client: Client, account: Account, opened: DecoupledRequest) -> Message:
    return Message(
        channel="mail",
        kind="backchannel_request",
        account_id=account.id,
        recipient=account.login_email,
        locale=account.locale,
        values={
            "application": client.client_name,
            "binding_message": opened.binding_message or "",
            "link": f"{wiring.settings.issuer}/account/requests",
            "when": opened.created_at,
        },
        expires_at=opened.expires_at,
    )
