"""Turns a grant into its tokens: access token (RFC 9068), ID token, refresh token."""

from collections.abc import Sequence
from typing import Any

from idp.accounts import store as accounts
from idp.accounts.claims import standard_claims
from idp.clients.client import Client
from idp.grants.grant import Grant
from idp.grants.handle import HandleKind
from idp.keys.sign import sign_jwt
from idp.protocol.claims_release import released_claims
from idp.protocol.claims_request import ClaimsRequest
from idp.protocol.scopes import OPENID
from idp.protocol.token_claims import (
    ACCESS_TOKEN_TYPE,
    ID_TOKEN_TYPE,
    RESERVED_CLAIMS,
    AccessToken,
    Authentication,
    IdToken,
    access_token_claims,
    id_token_claims,
)
from idp.protocol.user_agent_binding import ua_binding_claim
from idp.sealing import new_id
from idp.wiring import Wiring


async def tokens_of_grant(
    wiring: Wiring, client: Client, grant: Grant, *, now: int, scope: Sequence[str], is_first: bool
) -> dict[str, Any]:
    """The answer of RFC 6749 §5.1. `is_first`: from the code, when the nonce belongs into the ID token."""
    lifetime = int(wiring.settings.access_token_lifetime.total_seconds())
    authentication = Authentication(grant.auth_time, grant.acr, grant.amr, grant.session_id)
    ua_binding = binding_claim(wiring, client, grant)
    access_token = sign_jwt(
        wiring.keys,
        client.access_token_signed_response_alg,
        access_token_claims(
            AccessToken(
                issuer=wiring.settings.issuer,
                subject=grant.account_id,
                client_id=client.client_id,
                audience=grant.audience,
                scope=tuple(scope),
                token_id=new_id(),
                issued_at=now,
                lifetime=lifetime,
                authentication=authentication,
                grant_id=grant.id,
                ua_binding=ua_binding,
            )
        ),
        ACCESS_TOKEN_TYPE,
    )
    answer: dict[str, Any] = {
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": lifetime,
        "scope": " ".join(scope),
    }
    if grant.has_refresh_token:
        answer["refresh_token"] = wiring.handles.mint(HandleKind.REFRESH_TOKEN, grant.id, generation=grant.generation)
    if OPENID in scope:
        alg, extra = client.id_token_signed_response_alg, await _requested_claims(wiring, grant)
        token = IdToken(
            issuer=wiring.settings.issuer,
            subject=grant.account_id,
            client_id=client.client_id,
            issued_at=now,
            lifetime=int(wiring.settings.id_token_lifetime.total_seconds()),
            authentication=authentication,
            # OIDC Core §12.2: the ID token of a refresh should carry no nonce.
            nonce=grant.nonce if is_first else None,
            ua_binding=ua_binding,
            access_token=access_token,
        )
        answer["id_token"] = sign_jwt(wiring.keys, alg, id_token_claims(token, alg=alg, extra=extra), ID_TOKEN_TYPE)
    return answer


async def _requested_claims(wiring: Wiring, grant: Grant) -> dict[str, Any]:
    """OIDC Core §5.5: single claims asked for in the ID token. Whoever asks for none pays for no look-up."""
    requested = ClaimsRequest.from_json(grant.claims_request).id_token
    if not requested.keys() - RESERVED_CLAIMS:
        return {}
    async with wiring.database.reading() as db:
        account = await accounts.find(db, grant.account_id)
    return released_claims(standard_claims(account), (), requested) if account else {}


def binding_claim(wiring: Wiring, client: Client, grant: Grant) -> dict[str, str]:
    """The claim `ua_binding`; its key differs from client to client, so that it links nobody across them."""
    key = wiring.master_keys.mac(client.client_id.encode(), purpose="ua-binding")
    return ua_binding_claim(grant.binding, key)
