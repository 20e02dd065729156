"""The assertion that both `private_key_jwt` and `client_secret_jwt` send (RFC 7521 §4.2, RFC 7523 §2.2).

Which of the two it is, is said by its algorithm alone: neither method stands in the other's way.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import structlog

from idp.clients.client import Client
from idp.protocol.client_assertion import ASSERTION_TYPE, Assertion, AssertionRefused, check_assertion
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.key_sets import is_same_algorithm
from idp.protocol.signed_by_client import CLIENT_ALGORITHMS, HMAC_ALGORITHMS, NotSigned, Unverified, take_apart
from idp.replay import store as replay
from idp.web.addresses import addresses_of
from idp.web.client_authentication.method import Credentials
from idp.web.plain import PlainRequest
from idp.wiring import Wiring

_KIND = "client_assertion"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Asserted:
    """An assertion that names the client whose it says it is, and where it was sent."""

    token: Unverified
    path: str


def read_assertion(
    request: PlainRequest, form: Mapping[str, str], *, method: str, algorithms: Collection[str], otherwise: bool = False
) -> Credentials | None:
    """The method's credentials where the request brings an assertion in one of its algorithms.

    `otherwise`: what is no JWT at all is this method's, too. Raises `OAuthError` for a type that we do not know.
    """
    if "client_assertion" not in form and "client_assertion_type" not in form:
        return None
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "client_assertion_type is not supported.")
    try:
        token = take_apart(form.get("client_assertion", ""), algorithms=(*CLIENT_ALGORITHMS, *HMAC_ALGORITHMS))
    except NotSigned as error:
        if not otherwise:
            return None
        log.info("client_assertion_refused", reason=error.reason)
        return Credentials(method, form.get("client_id", ""))
    if token.alg not in algorithms:
        return None
    subject = token.claims.get("sub")
    client_id = form.get("client_id", subject if isinstance(subject, str) else "")
    # RFC 7521 §4.2: a client_id beside it has to name the same client.
    return Credentials(method, client_id, Asserted(token, request.path) if subject == client_id else None)


def check_asserted(asserted: Asserted, client: Client, wiring: Wiring) -> Assertion:
    """Whether its claims are for us, now; raises `AssertionRefused`. The signature is the method's matter."""
    issuer, alg = wiring.settings.issuer, client.token_endpoint_auth_signing_alg
    if alg is not None and not is_same_algorithm(asserted.token.alg, alg):
        raise AssertionRefused("algorithm")
    profile = client.profile
    if profile.signing_algorithms is not None and asserted.token.alg not in profile.signing_algorithms:
        raise AssertionRefused("algorithm")
    endpoints = addresses_of("/token", wiring.settings) | addresses_of(asserted.path, wiring.settings)
    return check_assertion(
        asserted.token.claims,
        client_id=client.client_id,
        audiences={issuer} if profile.assertions_name_the_issuer else {issuer, *endpoints},
        only_string=profile.assertions_name_the_issuer,
        now=wiring.clock.now(),
    )


async def is_first_use(wiring: Wiring, assertion: Assertion) -> bool:
    """On every node, and after a restart (TK-15)."""
    identifier = f"{assertion.client_id}\n{assertion.token_id}"
    async with wiring.database.writing() as db:
        is_first = await replay.spend(db, _KIND, identifier, expires_at=assertion.expires_at)
    if not is_first:
        log.info("client_assertion_refused", client_id=assertion.client_id, reason="shown before")
    return is_first


def refused(client: Client, error: Exception) -> bool:
    """False, and the reason in the log."""
    log.info("client_assertion_refused", client_id=client.client_id, reason=str(error))
    return False
