"""`POST /introspect` (RFC 7662): what a token stands for, to the client it belongs to or the resource it is meant for.

Everything that is not such a token is `{"active": false}`, in the same words. `user_agent` is ours: with it the answer
says in `ua_match` whether the browser is still the one that logged in.
"""

from collections.abc import Mapping
from typing import Any

from idp.clients.client import Client
from idp.endpoints.introspection.signed_answer import signed_answer, wants_jwt
from idp.grants.grant import LiveGrant
from idp.grants.handle import HandleKind
from idp.issuing.subject import subject_of
from idp.protocol.confirmation import Confirmation
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.user_agent_binding import BindingMode, is_same_browser, read_user_agent
from idp.web.client_authentication import authenticate_client
from idp.web.live_tokens import live_token, read_own_access_token
from idp.web.plain import ASGIApp, PlainRequest, PlainResponse, json_response, plain_endpoint
from idp.wiring import Wiring

_INACTIVE: Mapping[str, Any] = {"active": False}


def introspection_endpoint(wiring: Wiring) -> ASGIApp:
    async def introspect(request: PlainRequest) -> PlainResponse:
        form = await request.form()
        client = await authenticate_client(request, form, wiring)
        if client.is_public:
            # RFC 7662 §2.1: whoever may ask has proven who it is.
            raise OAuthError(ErrorCode.INVALID_CLIENT, "A public client may not introspect.")
        token = form.get("token")
        if token is None:
            raise OAuthError(ErrorCode.INVALID_REQUEST, "token is missing.")
        described = await _describe_refresh_token(wiring, client, token)
        described = described or await _describe_access_token(wiring, client, token, form.get("user_agent"))
        if wants_jwt(request.headers_named("accept")):
            return await signed_answer(wiring, client, described or _INACTIVE, now=wiring.clock.now())
        return json_response(described or _INACTIVE)

    return plain_endpoint(introspect)


async def _describe_access_token(
    wiring: Wiring, client: Client, token: str, user_agent: str | None
) -> dict[str, Any] | None:
    now = wiring.clock.now()
    claims = read_own_access_token(wiring, token, now=now)
    if claims is None or not _concerns(client, claims):
        return None
    live = await live_token(wiring, claims, now=now)
    if live is None:
        return None
    return _active(claims) | (_browser_match(live.grant, user_agent) if live.grant else {})


async def _describe_refresh_token(wiring: Wiring, client: Client, token: str) -> dict[str, Any] | None:
    """To its own client only: nobody else has any use for it."""
    handle = wiring.handles.open(HandleKind.REFRESH_TOKEN, token)
    if handle is None:
        return None
    now = wiring.clock.now()
    grant = await wiring.grants.find_live(handle.grant_id, now=now)
    if grant is None or grant.client_id != client.client_id or grant.generation != handle.generation:
        return None
    if not grant.has_refresh_token or (grant.idle_expires_at or 0) <= now:
        return None
    return {
        "active": True,
        "client_id": grant.client_id,
        "sub": subject_of(wiring, client, grant.account_id),
        "scope": " ".join(grant.scope),
        "exp": min(grant.expires_at, grant.idle_expires_at or 0),
        "iss": wiring.settings.issuer,
    }


def _concerns(client: Client, claims: Mapping[str, Any]) -> bool:
    """RT-17: its own token, or one whose audience it answers for."""
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    return claims["client_id"] == client.client_id or not set(audience).isdisjoint(client.resource_of)


def _active(claims: Mapping[str, Any]) -> dict[str, Any]:
    token_type = Confirmation.of_token(claims).token_type
    return {"active": True, "token_type": token_type, **{k: v for k, v in claims.items() if k != "grant_id"}}


def _browser_match(grant: LiveGrant, user_agent: str | None) -> dict[str, Any]:
    if user_agent is None or grant.binding.mode is BindingMode.UNBOUND:
        return {}
    return {"ua_match": is_same_browser(grant.binding, read_user_agent(user_agent))}
