"""`nonce`: kept whole and given back byte for byte in the ID token (OIDC Core §3.1.2.1)."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.errors import ErrorCode, OAuthError

_LONGEST = 1024


def check_nonce(asked: Asked) -> Mapping[str, Any]:
    nonce = asked.get("nonce")
    if nonce is not None and len(nonce) > _LONGEST:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "nonce is too long.")
    return {"nonce": nonce}
