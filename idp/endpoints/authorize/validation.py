"""From the parameters that count to a validated request: the destination proven first, then every check in its order.

The authorization endpoint and the pushed authorization request endpoint ask here alike (RFC 9126 §2.1).
"""

from collections.abc import Callable, Mapping
from typing import Any

from idp.clients.client import Client
from idp.endpoints.authorize.asked import Asked
from idp.endpoints.authorize.checks.response_mode import mode_of_errors
from idp.endpoints.authorize.known_requests import KnownRequests
from idp.endpoints.authorize.unpacking import Unpacked
from idp.issuing.subject import account_of
from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.destination import Destination, prove_destination
from idp.protocol.errors import ErrorCode, OAuthError
from idp.web.id_token_hint import read_id_token_hint
from idp.wiring import Wiring

_LONGEST_STATE = 2048
_known = KnownRequests()


def destination_of(wiring: Wiring, unpacked: Unpacked) -> Destination | None:
    """Where the answer may go; None: nowhere (see `unproven`)."""
    client, parameters = unpacked.client, unpacked.parameters
    if client is None or not client.is_active or len(parameters.get("state", "")) > _LONGEST_STATE:
        return None
    return prove_destination(
        client,
        parameters.get("redirect_uri", ""),
        issuer=wiring.settings.issuer,
        state=parameters.get("state"),
        mode=mode_of_errors(client, parameters),
    )


def unproven(unpacked: Unpacked) -> OAuthError:
    """Why there is no destination."""
    parameters = unpacked.parameters
    if unpacked.refusal is not None:
        return unpacked.refusal
    if "client_id" not in parameters:
        return OAuthError(ErrorCode.INVALID_REQUEST, "client_id is missing.")
    if "redirect_uri" not in parameters:
        return OAuthError(ErrorCode.INVALID_REQUEST, "redirect_uri is missing.")
    if len(parameters.get("state", "")) > _LONGEST_STATE:
        return OAuthError(ErrorCode.INVALID_REQUEST, "state is too long.")
    return OAuthError(ErrorCode.INVALID_REQUEST, "client_id is unknown, or redirect_uri is not registered for it.")


def validated(wiring: Wiring, client: Client, unpacked: Unpacked, *, is_pushed: bool) -> AuthorizationRequest:
    """`is_pushed`: it comes, or came, through the endpoint for that. Raises `OAuthError`."""
    if unpacked.refusal is not None:
        raise unpacked.refusal
    asked = Asked(
        unpacked.parameters,
        client,
        issuer=wiring.settings.issuer,
        is_pushed=is_pushed,
        must_be_pushed=wiring.settings.require_pushed_authorization_requests,
        is_signed=unpacked.is_signed,
        detail_types=wiring.detail_types,
        levels=wiring.levels,
        read_hint=_hint_reader(wiring, client),
    )
    return AuthorizationRequest(
        client_id=client.client_id,
        redirect_uri=asked.parameters["redirect_uri"],
        state=asked.get("state"),
        pushed_request=unpacked.pushed_request,
        **_known.members(asked),
    )


def _hint_reader(wiring: Wiring, client: Client) -> Callable[[str], str | None]:
    def read_account(token: str) -> str | None:
        claims: Mapping[str, Any] | None = read_id_token_hint(wiring, token, audience=client.client_id)
        return account_of(wiring, client, str(claims["sub"])) if claims else None

    return read_account
