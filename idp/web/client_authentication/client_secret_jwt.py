"""`client_secret_jwt` (OIDC Core §9): the same JWT under a MAC whose key is the client's secret."""

from collections.abc import Mapping

from idp.clients.client import Client
from idp.clients.sealed_secrets import open_secrets
from idp.protocol.client_assertion import AssertionRefused
from idp.protocol.signed_by_client import HMAC_ALGORITHMS, NotSigned, verify_by_secret
from idp.web.client_authentication.assertion import check_asserted, is_first_use, read_assertion, refused
from idp.web.client_authentication.method import Credentials
from idp.web.plain import PlainRequest
from idp.wiring import Wiring


class ClientSecretJwt:
    def read(self, request: PlainRequest, form: Mapping[str, str]) -> Credentials | None:
        return read_assertion(request, form, method="client_secret_jwt", algorithms=HMAC_ALGORITHMS)

    async def proves(self, credentials: Credentials, client: Client | None, wiring: Wiring) -> bool:
        if client is None or credentials.proof is None:
            return False
        try:
            assertion = check_asserted(credentials.proof, client, wiring)
            verify_by_secret(credentials.proof.token, open_secrets(wiring.master_keys, client, wiring.clock.now()))
        except (NotSigned, AssertionRefused) as error:
            return refused(client, error)
        return await is_first_use(wiring, assertion)
