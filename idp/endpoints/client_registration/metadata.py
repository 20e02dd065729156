"""The metadata of a request: read strictly, and judged by what the operator allows."""

import json
from collections.abc import Mapping
from typing import Any

from idp.clients.client import InvalidClientMetadata
from idp.clients.dynamic_metadata import RegistrationPolicy, dynamic_metadata
from idp.clients.metadata import parse_client_metadata
from idp.clients.sector_identifier import check_sector_identifier
from idp.protocol.errors import ErrorCode, OAuthError
from idp.settings import ClientRegistration
from idp.web.plain import PlainRequest
from idp.wiring import Wiring


async def read_declared(request: PlainRequest) -> Mapping[str, Any]:
    """The JSON object of the body; raises `OAuthError`."""
    body = await request.json()
    if not isinstance(body, dict):
        raise OAuthError(ErrorCode.INVALID_CLIENT_METADATA, "The body is not a JSON object.")
    try:
        # What has no spelling in JSON or in UTF-8 could be neither stored nor answered.
        json.dumps(body, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise OAuthError(ErrorCode.INVALID_CLIENT_METADATA, "A value has no JSON text.") from None
    if "software_statement" in body:
        # RFC 7591 §3.2.2: nobody's statements are trusted here.
        raise OAuthError(ErrorCode.UNAPPROVED_SOFTWARE_STATEMENT, "Software statements are not accepted.")
    return body


async def checked(wiring: Wiring, client_id: str, declared: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata to store; raises `OAuthError` (invalid_redirect_uri, invalid_client_metadata)."""
    settings = wiring.settings
    policy = RegistrationPolicy(
        scopes=tuple(settings.client_registration_scopes.split()),
        require_pkce=settings.client_registration_require_pkce,
        are_invited=settings.client_registration is ClientRegistration.TOKEN,
        allows_http=settings.is_development,
    )
    try:
        metadata = dynamic_metadata(client_id, declared, policy)
        await check_sector_identifier(wiring.outbound, parse_client_metadata(client_id, metadata))
    except InvalidClientMetadata as error:
        raise OAuthError(error.code, f"{error}.") from None
    return metadata
