"""Whether the request had to be signed (RFC 9101 §10.5)."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.errors import ErrorCode, OAuthError


def check_signed(asked: Asked) -> Mapping[str, Any]:
    if asked.client.request_objects.must_be_signed and not asked.is_signed:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "The client signs its requests: send a request object.")
    return {}
