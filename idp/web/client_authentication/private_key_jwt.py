"""`private_key_jwt` (OIDC Core §9, RFC 7523 §2.2): a short-lived JWT, signed with a key of the client, used once."""

from collections.abc import Mapping

from idp.clients.client import Client
from idp.outbound.client import OutboundFailed
from idp.protocol.client_assertion import AssertionRefused
from idp.protocol.signed_by_client import CLIENT_ALGORITHMS, NotSigned
from idp.web.client_authentication.assertion import check_asserted, is_first_use, read_assertion, refused
from idp.web.client_authentication.method import Credentials
from idp.web.plain import PlainRequest
from idp.wiring import Wiring


class PrivateKeyJwt:
    def read(self, request: PlainRequest, form: Mapping[str, str]) -> Credentials | None:
        return read_assertion(request, form, method="private_key_jwt", algorithms=CLIENT_ALGORITHMS, otherwise=True)

    async def proves(self, credentials: Credentials, client: Client | None, wiring: Wiring) -> bool:
        if client is None or credentials.proof is None:
            return False
        try:
            # What costs nothing comes first: a stranger causes neither a fetch nor work with keys (OU-05).
            assertion = check_asserted(credentials.proof, client, wiring)
            await wiring.client_keys.verify(client, credentials.proof.token)
        except (NotSigned, AssertionRefused, OutboundFailed) as error:
            return refused(client, error)
        return await is_first_use(wiring, assertion)
