"""`login_hint`, `id_token_hint`, `login_hint_token`: exactly one says who is meant (CIBA §7.1)."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.backchannel_authentication.asked import BackchannelAsked
from idp.issuing.subject import account_of
from idp.protocol.errors import ErrorCode, OAuthError
from idp.web.id_token_hint import read_id_token_hint

_HINTS = ("login_hint", "id_token_hint", "login_hint_token")
_LONGEST = 320


def check_hint(asked: BackchannelAsked) -> Mapping[str, Any]:
    """`login_hint` as it was typed, or `subject`; the other is None."""
    given = [name for name in _HINTS if asked.get(name) is not None]
    if len(given) != 1:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "Exactly one of login_hint and id_token_hint is needed.")
    if given == ["login_hint_token"]:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "login_hint_token is not supported; use login_hint.")
    if given == ["login_hint"]:
        hint = asked.parameters["login_hint"].strip()
        if len(hint) > _LONGEST:
            raise OAuthError(ErrorCode.INVALID_REQUEST, "login_hint is too long.")
        return {"login_hint": hint, "subject": None}
    claims = read_id_token_hint(asked.wiring, asked.parameters["id_token_hint"], audience=asked.client.client_id)
    if claims is None:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "id_token_hint is not an ID token of this client.")
    return {"login_hint": None, "subject": account_of(asked.wiring, asked.client, str(claims["sub"])) or ""}
