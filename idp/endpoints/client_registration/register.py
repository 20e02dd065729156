"""`POST /clients` (RFC 7591 §3): a new client, for whoever the operator lets register."""

from idp.administration.clients import new_client_id
from idp.administration.dynamic_clients import register
from idp.clients import initial_tokens
from idp.endpoints.client_registration.answer import client_information
from idp.endpoints.client_registration.bearer import missing_token, read_token, wrong_token
from idp.endpoints.client_registration.metadata import checked, read_declared
from idp.endpoints.client_registration.requester import requester, throttle
from idp.settings import ClientRegistration
from idp.web.plain import ASGIApp, PlainRequest, PlainResponse, plain_endpoint
from idp.wiring import Wiring

REGISTRATION_PATH = "/clients"


def registration_endpoint(wiring: Wiring) -> ASGIApp:
    needs_token = wiring.settings.client_registration is ClientRegistration.TOKEN

    async def registration(request: PlainRequest) -> PlainResponse:
        await throttle(request, wiring)
        token = read_token(request)
        if token is None and needs_token:
            raise missing_token()
        origin = requester(request, wiring, actor="anonymous")
        if token is not None:
            async with wiring.database.reading() as db:
                if not await initial_tokens.is_good(db, token, now=origin.now):
                    raise wrong_token()
        client_id = new_client_id()
        metadata = await checked(wiring, client_id, await read_declared(request))
        async with wiring.database.writing() as db:
            # Others may have spent its last use since.
            if token is not None and not await initial_tokens.spend(db, token, now=origin.now):
                raise wrong_token()
            registered = await register(db, wiring.master_keys, client_id, metadata, origin=origin)
        wiring.clients.forget()
        return client_information(wiring, registered, path=REGISTRATION_PATH, status=201)

    return plain_endpoint(registration, cross_origin=True)
