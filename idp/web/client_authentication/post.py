"""`client_secret_post` (RFC 6749 §2.3.1): id and secret among the parameters."""

from collections.abc import Mapping

from idp.clients.client import Client
from idp.web.client_authentication.method import Credentials
from idp.web.client_authentication.secrets_compared import is_secret_of
from idp.web.plain import PlainRequest
from idp.wiring import Wiring


class Post:
    def read(self, _request: PlainRequest, form: Mapping[str, str]) -> Credentials | None:
        if "client_secret" not in form:
            return None
        return Credentials("client_secret_post", form.get("client_id", ""), form["client_secret"])

    async def proves(self, credentials: Credentials, client: Client | None, wiring: Wiring) -> bool:
        return is_secret_of(client, credentials.proof, wiring.clock.now())
