"""What a relying party asks of `/logout`, as far as it was proven (OIDC RP-Initiated Logout §2, §3)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from idp.clients.client import Client
from idp.issuing.subject import session_id_meant
from idp.sealing import SealBroken
from idp.web.forms import BadForm
from idp.web.id_token_hint import read_id_token_hint
from idp.wiring import Wiring

FIELDS = ("id_token_hint", "post_logout_redirect_uri", "client_id", "state", "logout_hint", "ui_locales")
_PURPOSE = "logout"


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """`session_id` is that of a valid hint, or empty. `return_url` is registered, or empty."""

    client: Client | None
    session_id: str
    return_url: str

    def sealed(self, wiring: Wiring) -> str:
        """For our own form, which brings it back."""
        body = json.dumps([self.client.client_id if self.client else "", self.session_id, self.return_url])
        return wiring.master_keys.seal_text(body, purpose=_PURPOSE)


NOTHING_PROVEN = LogoutRequest(None, "", "")


async def read_logout_request(wiring: Wiring, parameters: Mapping[str, str]) -> LogoutRequest:
    claims = _hint(wiring, parameters["id_token_hint"]) if "id_token_hint" in parameters else None
    if "id_token_hint" in parameters and claims is None:
        # A hint that is none proves nothing, and says that something is wrong: ask, and redirect nowhere.
        return NOTHING_PROVEN
    client_id = parameters.get("client_id") or (claims["aud"] if claims else "")
    if claims is not None and claims["aud"] != client_id:
        return NOTHING_PROVEN
    client = await wiring.clients.get(client_id) if client_id else None
    session_id = session_id_meant(wiring, client, str(claims["sid"])) if claims and client else None
    return LogoutRequest(client, session_id or "", _proven_return(client, parameters))


async def open_logout_request(wiring: Wiring, sealed: str) -> LogoutRequest:
    """Raises `BadForm` for what we did not seal."""
    try:
        client_id, session_id, return_url = json.loads(wiring.master_keys.open_text(sealed, purpose=_PURPOSE))
    except SealBroken as error:
        raise BadForm from error
    client = await wiring.clients.get(client_id) if client_id else None
    return LogoutRequest(client, session_id, return_url)


def _proven_return(client: Client | None, parameters: Mapping[str, str]) -> str:
    """OIDC RP-Initiated Logout §3: compared as exact strings; `state` is given back, and nothing else added."""
    uri = parameters.get("post_logout_redirect_uri", "")
    if client is None or not client.is_active or uri not in client.post_logout_redirect_uris:
        return ""
    if "state" not in parameters:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode({'state': parameters['state']})}"


def _hint(wiring: Wiring, token: str) -> dict[str, Any] | None:
    claims = read_id_token_hint(wiring, token)
    is_complete = claims is not None and isinstance(claims.get("aud"), str) and "sid" in claims
    return claims if is_complete else None
