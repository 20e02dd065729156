"""`private_key_jwt` (OIDC Core §9, RFC 7523 §2.2): a short-lived JWT, signed with a key of the client, used once."""

from collections.abc import Mapping

import structlog

from idp.clients.client import Client
from idp.outbound.client import OutboundFailed
from idp.protocol.client_assertion import ASSERTION_TYPE, Assertion, AssertionRefused, check_assertion
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.signed_by_client import NotSigned, Unverified, take_apart
from idp.replay import store as replay
from idp.web.client_authentication.method import Credentials
from idp.web.plain import PlainRequest
from idp.wiring import Wiring

_KIND = "client_assertion"

log = structlog.get_logger(__name__)


class PrivateKeyJwt:
    def read(self, request: PlainRequest, form: Mapping[str, str]) -> Credentials | None:
        if "client_assertion" not in form and "client_assertion_type" not in form:
            return None
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise OAuthError(ErrorCode.INVALID_REQUEST, "client_assertion_type is not supported.")
        try:
            token = take_apart(form.get("client_assertion", ""))
        except NotSigned as error:
            log.info("client_assertion_refused", reason=error.reason)
            return Credentials("private_key_jwt", form.get("client_id", ""))
        subject = token.claims.get("sub")
        client_id = form.get("client_id", subject if isinstance(subject, str) else "")
        # RFC 7521 §4.2: a client_id beside it has to name the same client.
        return Credentials("private_key_jwt", client_id, (token, request.path) if subject == client_id else None)

    async def proves(self, credentials: Credentials, client: Client | None, wiring: Wiring) -> bool:
        if client is None or credentials.proof is None:
            return False
        token, path = credentials.proof
        try:
            # What costs nothing comes first: a stranger causes neither a fetch nor work with keys (OU-05).
            assertion = _checked(token, client, path, wiring)
            await wiring.client_keys.verify(client, token)
        except (NotSigned, AssertionRefused, OutboundFailed) as error:
            log.info("client_assertion_refused", client_id=client.client_id, reason=str(error))
            return False
        return await _is_first_use(wiring, assertion)


def _checked(token: Unverified, client: Client, path: str, wiring: Wiring) -> Assertion:
    """Raises `AssertionRefused`."""
    issuer, alg = wiring.settings.issuer, client.token_endpoint_auth_signing_alg
    profile = client.profile
    if (alg is not None and token.alg != alg) or token.alg not in (profile.signing_algorithms or {token.alg}):
        raise AssertionRefused("algorithm")
    endpoints = set() if profile.assertions_name_the_issuer else {f"{issuer}/token", f"{issuer}{path}"}
    return check_assertion(
        token.claims,
        client_id=client.client_id,
        audiences={issuer, *endpoints},
        only_string=profile.assertions_name_the_issuer,
        now=wiring.clock.now(),
    )


async def _is_first_use(wiring: Wiring, assertion: Assertion) -> bool:
    """On every node, and after a restart (TK-15)."""
    identifier = f"{assertion.client_id}\n{assertion.token_id}"
    async with wiring.database.writing() as db:
        return await replay.spend(db, _KIND, identifier, expires_at=assertion.expires_at)
