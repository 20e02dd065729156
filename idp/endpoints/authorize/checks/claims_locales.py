"""`claims_locales`: languages of claims, in order of preference (OIDC Core §5.2). Accepted, and bounded (AZ-19).

An account has one value of each claim, in the language of its owner, and that is the answer whatever is preferred: a
claim without a tag is always allowed.
"""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.errors import ErrorCode, OAuthError

_LONGEST = 256


def check_claims_locales(asked: Asked) -> Mapping[str, Any]:
    if len(asked.get("claims_locales") or "") > _LONGEST:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "claims_locales is too long.")
    return {}
