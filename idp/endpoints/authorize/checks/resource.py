"""`resource`: one that the client's access tokens are for (RFC 8707 §2.1); they name all of its audience."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.errors import ErrorCode, OAuthError


def check_resource(asked: Asked) -> Mapping[str, Any]:
    resource = asked.get("resource")
    if resource is not None and resource not in asked.client.audience:
        raise OAuthError(ErrorCode.INVALID_TARGET, "The client has no access to this resource.")
    return {}
