"""`ui_locales`: languages in order of preference; unknown ones are no error (OIDC Core §3.1.2.1)."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.errors import ErrorCode, OAuthError

_LONGEST = 256
_MOST = 16


def check_ui_locales(asked: Asked) -> Mapping[str, Any]:
    text = asked.get("ui_locales") or ""
    if len(text) > _LONGEST:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "ui_locales is too long.")
    return {"ui_locales": tuple(text.split()[:_MOST])}
