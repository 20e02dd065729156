"""`nonce`: kept whole and given back byte for byte in the ID token (OIDC Core §3.1.2.1)."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.response_types import ResponseType

_LONGEST = 1024


def check_nonce(asked: Asked) -> Mapping[str, Any]:
    nonce = asked.get("nonce")
    if nonce is not None and len(nonce) > _LONGEST:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "nonce is too long.")
    response_type = ResponseType.read(asked.get("response_type") or "")
    if nonce is None and response_type is not None and response_type.has_id_token:
        # OIDC Core §3.2.2.1, §3.3.2.11: an ID token at the front is bound to its request by nothing else.
        raise OAuthError(ErrorCode.INVALID_REQUEST, "nonce is missing; this response type needs one.")
    return {"nonce": nonce}
