"""`POST /revoke` (RFC 7009): a client gives back its token, and with it the whole grant.

An unknown token, and one of another client, are answered like a good one; a database that is gone is not (RT-16).
"""

from typing import Any

from idp.audit.record import Origin
from idp.clients.client import Client
from idp.grants import store as grants
from idp.grants.grant import RevocationReason
from idp.grants.handle import HandleKind
from idp.grants.revoked_tokens import revoke_token
from idp.keys.verify import InvalidToken, verify_own_jwt
from idp.lifecycle.revoke_grant import revoke_grant
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.token_claims import ACCESS_TOKEN_TYPE
from idp.web.client_authentication import authenticate_client
from idp.web.plain import ASGIApp, PlainRequest, PlainResponse, plain_endpoint
from idp.wiring import Wiring

_DONE = PlainResponse(200, b"", {"cache-control": "no-store"})


def revocation_endpoint(wiring: Wiring) -> ASGIApp:
    async def revoke(request: PlainRequest) -> PlainResponse:
        form = await request.form()
        client = await authenticate_client(request, form, wiring)
        token = form.get("token")
        if token is None:
            raise OAuthError(ErrorCode.INVALID_REQUEST, "token is missing.")
        # `token_type_hint` only says where to look first (RFC 7009 §2.1); the token itself tells.
        handle = wiring.handles.open(HandleKind.REFRESH_TOKEN, token)
        claims = {} if handle else _own_access_token(wiring, client, token)
        grant_id = handle.grant_id if handle else claims.get("grant_id")
        origin = _origin(request, wiring, client)
        if grant_id is not None and await _revoke_own_grant(wiring, client, grant_id, origin=origin):
            return _DONE
        if "jti" in claims:  # a client's own token, or one that came out of an exchange: it goes alone
            async with wiring.database.writing() as db:
                await revoke_token(db, claims["jti"], expires_at=claims["exp"])
        return _DONE

    return plain_endpoint(revoke, cross_origin=True)


async def _revoke_own_grant(wiring: Wiring, client: Client, grant_id: str, *, origin: Origin) -> bool:
    """False where the grant is another client's."""
    async with wiring.database.writing() as db:
        grant = await grants.find(db, grant_id)
        if grant is None or grant.client_id != client.client_id:
            return False
        await revoke_grant(db, wiring.master_keys, grant, reason=RevocationReason.REVOKED_BY_CLIENT, origin=origin)
        return True


def _own_access_token(wiring: Wiring, client: Client, token: str) -> dict[str, Any]:
    try:
        claims = verify_own_jwt(
            wiring.keys, token, typ=ACCESS_TOKEN_TYPE, issuer=wiring.settings.issuer, now=wiring.clock.now()
        )
    except InvalidToken:
        return {}
    return claims if claims.get("client_id") == client.client_id else {}


def _origin(request: PlainRequest, wiring: Wiring, client: Client) -> Origin:
    agents = request.headers_named("user-agent")
    return Origin(
        address=request.address,
        user_agent=agents[0] if agents else None,
        device_id=None,
        request_id=request.request_id,
        actor=client.client_id,
        now=wiring.clock.now(),
    )
