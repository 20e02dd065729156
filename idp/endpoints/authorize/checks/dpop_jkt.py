"""`dpop_jkt`: the key whose proof must come with the code (RFC 9449 §10)."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.dpop import is_thumbprint
from idp.protocol.errors import ErrorCode, OAuthError


def check_dpop_jkt(asked: Asked) -> Mapping[str, Any]:
    thumbprint = asked.get("dpop_jkt")
    if thumbprint is not None and not is_thumbprint(thumbprint):
        raise OAuthError(ErrorCode.INVALID_REQUEST, "dpop_jkt is not a SHA-256 thumbprint in base64url.")
    return {"dpop_jkt": thumbprint}
