"""`login_hint` and `id_token_hint`: who is expected. A hint that is not an ID token of ours is refused (AZ-22)."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.errors import ErrorCode, OAuthError

_LONGEST_HINT = 320
_DOTS_OF_A_JWE = 4  # RFC 7516 §3.1


def check_hints(asked: Asked) -> Mapping[str, Any]:
    login_hint = asked.get("login_hint")
    if login_hint is not None and len(login_hint) > _LONGEST_HINT:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "login_hint is too long.")
    id_token_hint, subject = asked.get("id_token_hint"), None
    if id_token_hint is not None:
        if id_token_hint.count(".") == _DOTS_OF_A_JWE:
            # OIDC Core §3.1.2.1: encrypted to the client, it must be opened there; we have no key that could.
            raise OAuthError(ErrorCode.INVALID_REQUEST, "id_token_hint is encrypted: send the signed token inside it.")
        subject = asked.read_hint(id_token_hint)
        if subject is None:
            raise OAuthError(ErrorCode.LOGIN_REQUIRED, "id_token_hint is not an ID token of this client.")
    return {"login_hint": login_hint, "id_token_hint_subject": subject}
