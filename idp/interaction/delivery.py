"""An authorization response on its way: signed where its mode wants it, and put where its mode says."""

from idp.clients.client import Client
from idp.interaction.answer import Elsewhere
from idp.issuing.response_jwt import response_jwt
from idp.protocol.destination import AuthorizationResponse
from idp.wiring import Wiring


def deliver(wiring: Wiring, client: Client, response: AuthorizationResponse, *, now: int) -> Elsewhere:
    mode, parameters = response.mode, response.parameters
    if mode.is_signed:
        parameters = {"response": response_jwt(wiring, client, parameters, now=now)}  # JARM §2.3.1
    delivery = mode.deliver(response.redirect_uri, parameters)
    return Elsewhere(delivery.url, delivery.form)
