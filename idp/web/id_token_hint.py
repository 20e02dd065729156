"""Reads `id_token_hint`: an ID token of ours, expired or not (OIDC Core §3.1.2.1, RP-Initiated Logout §2)."""

from typing import Any

from idp.keys.verify import InvalidToken, verify_own_jwt
from idp.protocol.token_claims import ID_TOKEN_TYPE
from idp.wiring import Wiring


def read_id_token_hint(wiring: Wiring, token: str, *, audience: str | None = None) -> dict[str, Any] | None:
    """Its claims; None for anything that is not an ID token of ours (of that client, where one is named)."""
    try:
        return verify_own_jwt(
            wiring.keys,
            token,
            typ=ID_TOKEN_TYPE,
            issuer=wiring.settings.issuer,
            now=wiring.clock.now(),
            audience=audience,
            allow_expired=True,
        )
    except InvalidToken:
        return None
