"""The answer of the token endpoint for a person's grant (RFC 6749 §5.1)."""

from collections.abc import Sequence
from typing import Any

from idp.clients.client import Client
from idp.grants.grant import Grant
from idp.grants.handle import HandleKind
from idp.issuing.access_token import access_token_of, lifetime_of_access_token
from idp.issuing.id_token import IssuedWith, id_token_of
from idp.protocol.confirmation import Confirmation
from idp.protocol.scopes import OPENID
from idp.wiring import Wiring


async def tokens_of_grant(  # noqa: PLR0913 - what one answer says, each by its name
    wiring: Wiring,
    client: Client,
    grant: Grant,
    *,
    now: int,
    scope: Sequence[str],
    confirmation: Confirmation,
    is_first: bool,
) -> dict[str, Any]:
    """`is_first`: from the code, when the nonce belongs into the ID token. `confirmation`: see `access_token_of`."""
    access_token = await access_token_of(wiring, client, grant, now=now, scope=scope, confirmation=confirmation)
    answer: dict[str, Any] = {
        "access_token": access_token,
        "token_type": confirmation.token_type,
        "expires_in": lifetime_of_access_token(wiring),
        "scope": " ".join(scope),
    }
    if grant.authorization_details:
        answer["authorization_details"] = list(grant.authorization_details)  # RFC 9396 §7
    if grant.has_refresh_token:
        answer["refresh_token"] = wiring.handles.mint(HandleKind.REFRESH_TOKEN, grant.id, generation=grant.generation)
    if OPENID in scope:
        # OIDC Core §12.2: the ID token of a refresh should carry no nonce.
        issued_with = IssuedWith(nonce=grant.nonce if is_first else None, access_token=access_token)
        answer["id_token"] = await id_token_of(wiring, client, grant, issued_with, now=now)
    return answer
