"""The claim `ua_binding` of one client's tokens."""

from idp.clients.client import Client
from idp.grants.grant import Grant
from idp.protocol.user_agent_binding import ua_binding_claim
from idp.wiring import Wiring


def binding_claim(wiring: Wiring, client: Client, grant: Grant) -> dict[str, str]:
    """Its key differs from client to client, so that it links nobody across them."""
    key = wiring.master_keys.mac(client.client_id.encode(), purpose="ua-binding")
    return ua_binding_claim(grant.binding, key)
