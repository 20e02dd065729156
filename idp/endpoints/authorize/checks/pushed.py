"""Whether the request had to be pushed: by the installation, the client's metadata or its profile (RFC 9126 §5, §6)."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.errors import ErrorCode, OAuthError


def check_pushed(asked: Asked) -> Mapping[str, Any]:
    client = asked.client
    must = asked.must_be_pushed or client.request_objects.must_be_pushed or client.profile.must_push
    if must and not asked.is_pushed:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "Push the request first: it is accepted by request_uri only.")
    return {}
