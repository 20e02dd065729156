"""Who is calling a back-channel endpoint: client authentication (RFC 6749 §2.3), one method, as registered.

An unknown client, a wrong secret and a wrong method get the same answer after the same work (TK-13, TK-16).
"""

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import unquote_plus

import structlog

from idp.clients.client import Client
from idp.clients.secret import secret_matches
from idp.protocol.errors import ErrorCode, OAuthError
from idp.web.plain import PlainRequest
from idp.wiring import Wiring

_FAILURES_BUCKET = "client-authentication"
_FAILURE_RATE = "60/minute"
_LONGEST_SECRET = 512

log = structlog.get_logger(__name__)


async def authenticate_client(request: PlainRequest, form: Mapping[str, str], wiring: Wiring) -> Client:
    """The authenticated client, or a public one that named itself; raises `OAuthError` (invalid_client)."""
    authorization = request.header("authorization")
    basic = _read_basic(authorization) if authorization is not None else None
    if basic is not None and "client_secret" in form:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "Use one way of client authentication only.")
    client_id, secret = basic or (form.get("client_id", ""), form.get("client_secret"))
    if basic is not None and form.get("client_id", client_id) != client_id:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "client_id differs from the Authorization header.")
    if not client_id:
        raise _refusal(used_basic=authorization is not None)
    method = _method(used_basic=basic is not None, secret=secret)
    client = await wiring.clients.get(client_id)
    if _is_genuine(client, method, secret, wiring.clock.now()) and client is not None:
        return client
    wait = await wiring.addresses.hit(_FAILURES_BUCKET, request.address, _FAILURE_RATE)
    log.info("client_authentication_failed", client_id=client_id[:128], method=method, address=request.address)
    if wait:
        headers = {"Retry-After": str(wait)}
        raise OAuthError(ErrorCode.INVALID_CLIENT, "Too many failures; wait.", status=429, headers=headers)
    raise _refusal(used_basic=basic is not None)


def _is_genuine(client: Client | None, method: str, secret: str | None, now: int) -> bool:
    if method == "none":
        return client is not None and client.is_public and client.is_active
    known = client if client is not None and client.is_active else None
    matches = len(secret or "") <= _LONGEST_SECRET and secret_matches(known, secret or "", now)
    return matches and known is not None and known.token_endpoint_auth_method == method


def _method(*, used_basic: bool, secret: str | None) -> str:
    if used_basic:
        return "client_secret_basic"
    return "client_secret_post" if secret is not None else "none"


def _read_basic(authorization: str) -> tuple[str, str]:
    """RFC 6749 §2.3.1: both parts are form-encoded before they are joined. Raises `OAuthError` for anything else."""
    scheme, _, credentials = authorization.partition(" ")
    try:
        if scheme.lower() != "basic":
            raise ValueError("not Basic")  # noqa: TRY301 - one refusal for all that is no Basic header
        decoded = base64.b64decode(credentials.strip(), validate=True).decode("utf-8")
        client_id, separator, secret = decoded.partition(":")
        if not separator or "\0" in decoded:
            raise ValueError("no colon")  # noqa: TRY301
        return unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
    except (ValueError, binascii.Error) as error:
        raise _refusal(used_basic=True) from error


def _refusal(*, used_basic: bool) -> OAuthError:
    # RFC 6749 §5.2: WWW-Authenticate answers the scheme that was tried.
    headers = {"WWW-Authenticate": 'Basic realm="token"'} if used_basic else {}
    return OAuthError(ErrorCode.INVALID_CLIENT, "Client authentication failed.", headers=headers)
