"""Finds out which method was used, and whether it proves the client."""

from collections.abc import Mapping

import structlog

from idp.clients.client import CERTIFICATE_METHODS, Client
from idp.protocol.errors import ErrorCode, OAuthError
from idp.web.client_authentication.basic import Basic
from idp.web.client_authentication.certificate import SelfSignedTlsClientAuth, TlsClientAuth
from idp.web.client_authentication.client_secret_jwt import ClientSecretJwt
from idp.web.client_authentication.method import Credentials, Method
from idp.web.client_authentication.post import Post
from idp.web.client_authentication.private_key_jwt import PrivateKeyJwt
from idp.web.client_authentication.refusal import refusal
from idp.web.client_certificate import presented_certificate
from idp.web.plain import PlainRequest
from idp.wiring import Wiring

METHODS: Mapping[str, Method] = {
    "client_secret_basic": Basic(),
    "client_secret_post": Post(),
    "client_secret_jwt": ClientSecretJwt(),
    "private_key_jwt": PrivateKeyJwt(),
    "tls_client_auth": TlsClientAuth(),
    "self_signed_tls_client_auth": SelfSignedTlsClientAuth(),
}
_NONE = "none"

_FAILURES_BUCKET = "client-authentication"
_FAILURE_RATE = "60/minute"

log = structlog.get_logger(__name__)


async def authenticate_client(request: PlainRequest, form: Mapping[str, str], wiring: Wiring) -> Client:
    """The authenticated client, or a public one that named itself; raises `OAuthError` (invalid_client)."""
    used_header = request.header("authorization") is not None
    credentials = _read(request, form)
    if not credentials.client_id:
        raise refusal(used_header=used_header)
    client = await wiring.clients.get(credentials.client_id)
    known = client if client is not None and client.is_active else None
    if await _is_genuine(credentials, known, wiring) and known is not None:
        return known
    wait = await wiring.addresses.hit(_FAILURES_BUCKET, request.address, _FAILURE_RATE)
    log.info(
        "client_authentication_failed",
        client_id=credentials.client_id[:128],
        method=credentials.method,
        address=request.address,
    )
    if wait:
        headers = {"Retry-After": str(wait)}
        raise OAuthError(ErrorCode.INVALID_CLIENT, "Too many failures; wait.", status=429, headers=headers)
    raise refusal(used_header=used_header)


def _read(request: PlainRequest, form: Mapping[str, str]) -> Credentials:
    """What the request brings, by one method; none at all is a client naming itself, public or by its certificate."""
    used = [found for method in METHODS.values() if (found := method.read(request, form)) is not None]
    if len(used) > 1:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "Use one way of client authentication only.")
    credentials = used[0] if used else Credentials(_NONE, form.get("client_id", ""), presented_certificate(request))
    if form.get("client_id", credentials.client_id) != credentials.client_id:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "client_id differs from the Authorization header.")
    return credentials


async def _is_genuine(credentials: Credentials, client: Client | None, wiring: Wiring) -> bool:
    if credentials.method == _NONE:
        return client is not None and (client.is_public or await _has_certificate(credentials, client, wiring))
    is_proven = await METHODS[credentials.method].proves(credentials, client, wiring)
    return is_proven and client is not None and client.token_endpoint_auth_method == credentials.method


async def _has_certificate(credentials: Credentials, client: Client, wiring: Wiring) -> bool:
    method = client.token_endpoint_auth_method
    return method in CERTIFICATE_METHODS and await METHODS[method].proves(credentials, client, wiring)
