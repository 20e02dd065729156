"""`/clients/{client_id}` (RFC 7592): a client that registered itself reads, replaces and removes what it is.

Its registration access token opens this one client. A client that does not exist, that is disabled, that an operator
declared, and a token of somebody else are all answered alike.
"""

from collections.abc import Mapping
from typing import Any

from idp.administration.clients import get_registration
from idp.administration.dynamic_clients import Registered, remove, replace
from idp.clients import registration_tokens
from idp.clients.client import Client
from idp.clients.secret import secret_matches
from idp.endpoints.client_registration.answer import client_information
from idp.endpoints.client_registration.bearer import missing_token, read_token, wrong_token
from idp.endpoints.client_registration.metadata import checked, read_declared
from idp.endpoints.client_registration.register import REGISTRATION_PATH
from idp.endpoints.client_registration.requester import requester, throttle
from idp.protocol.errors import ErrorCode, OAuthError
from idp.web.plain import ASGIApp, PlainRequest, PlainResponse, plain_endpoint
from idp.wiring import Wiring


def configuration_endpoint(wiring: Wiring) -> ASGIApp:
    async def configuration(request: PlainRequest) -> PlainResponse:
        await throttle(request, wiring)
        token = read_token(request)
        if token is None:
            raise missing_token()
        client_id = request.path_parameter("client_id")
        async with wiring.database.reading() as db:
            if not await registration_tokens.opens(db, client_id, token):
                raise wrong_token()
            registration = await get_registration(db, client_id)
        match request.method:
            case "GET":
                return _information(wiring, Registered(registration, None, token))
            case "PUT":
                return await _replaced(request, wiring, registration.client, token)
            case _:
                return await _removed(request, wiring, client_id)

    return plain_endpoint(configuration, ("GET", "PUT", "DELETE"), cross_origin=True)


async def _replaced(request: PlainRequest, wiring: Wiring, client: Client, token: str) -> PlainResponse:
    declared = await read_declared(request)
    origin = requester(request, wiring, actor=client.client_id)
    _check_identity(declared, client, now=origin.now)
    metadata = await checked(wiring, client.client_id, declared)
    async with wiring.database.writing() as db:
        # It may have been removed since.
        if not await registration_tokens.opens(db, client.client_id, token):
            raise wrong_token()
        registered = await replace(db, wiring.master_keys, client.client_id, metadata, token=token, origin=origin)
    wiring.clients.forget()
    return _information(wiring, registered)


async def _removed(request: PlainRequest, wiring: Wiring, client_id: str) -> PlainResponse:
    if not await remove(wiring.database, client_id, origin=requester(request, wiring, actor=client_id)):
        raise wrong_token()
    wiring.clients.forget()
    return PlainResponse(204, b"", {"cache-control": "no-store", "pragma": "no-cache"})


def _information(wiring: Wiring, registered: Registered) -> PlainResponse:
    return client_information(wiring, registered, path=REGISTRATION_PATH, status=200)


def _check_identity(declared: Mapping[str, Any], client: Client, *, now: int) -> None:
    """RFC 7592 §2.2: it names itself, and repeats its secret at most; it cannot choose another."""
    if declared.get("client_id") != client.client_id:
        raise OAuthError(ErrorCode.INVALID_CLIENT_METADATA, "client_id must be that of the client.")
    secret = declared.get("client_secret")
    if secret is not None and not (isinstance(secret, str) and secret_matches(client, secret, now)):
        raise OAuthError(ErrorCode.INVALID_CLIENT_METADATA, "client_secret cannot be chosen.")
