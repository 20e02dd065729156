"""`max_age`: seconds since the last active login (OIDC Core §3.1.2.1)."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.errors import ErrorCode, OAuthError

_LONGEST_DIGITS = 9


def check_max_age(asked: Asked) -> Mapping[str, Any]:
    max_age = asked.get("max_age")
    if max_age is None:
        return {}
    if not (max_age.isascii() and max_age.isdigit() and len(max_age) <= _LONGEST_DIGITS):
        raise OAuthError(ErrorCode.INVALID_REQUEST, "max_age is a number of seconds.")
    return {"max_age": int(max_age)}
