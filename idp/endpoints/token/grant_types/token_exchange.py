"""`urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693): a person's token for another audience.

The new token hangs on the grant of the first one, so that a revocation, a logout and a lock reach it, and it says no
more than that: less scope, no longer life, the same login.
"""

from collections.abc import Mapping
from typing import Any

from idp.audit.events import Event
from idp.audit.record import record
from idp.clients.client import Client
from idp.endpoints.token.request import TokenRequest
from idp.grants import store as grants
from idp.grants.grant import LiveGrant
from idp.issuing.access_token import lifetime_of_access_token
from idp.issuing.subject import session_id_meant, session_id_told, subject_of
from idp.keys.sign import sign_jwt_in_turn
from idp.keys.verify import InvalidToken, verify_own_jwt
from idp.protocol.token_claims import (
    ACCESS_TOKEN_TYPE,
    ID_TOKEN_TYPE,
    AccessToken,
    Authentication,
    access_token_claims,
)
from idp.protocol.token_exchange import (
    ACCESS_TOKEN,
    ID_TOKEN,
    Exchange,
    PresentedToken,
    acting_party,
    check_bearer,
    exchanged_audience,
    exchanged_scope,
    read_exchange,
    refused,
)
from idp.sealing import new_id
from idp.web.live_tokens import LiveToken, live_token, read_own_access_token
from idp.wiring import Wiring


async def token_exchange(request: TokenRequest) -> dict[str, Any]:
    client, exchange = request.client, read_exchange(request.form)
    # A token for ourselves is what a login gives, and nothing that can be passed on.
    allowed = tuple(name for name in client.token_exchange.audience if name != request.wiring.settings.issuer)
    audience = exchanged_audience(exchange.targets, allowed)
    subject = await _live(request, exchange.subject)
    if subject is None or subject.grant is None or not _concerns(client, subject.claims):
        raise refused("The subject token is not valid.")
    check_bearer(subject.claims)
    act = acting_party(
        subject.claims,
        await _actor(request, exchange),
        may_impersonate=client.token_exchange.impersonation,
    )
    of_subject = str(subject.claims.get("scope", "")).split()
    token = AccessToken(
        issuer=request.wiring.settings.issuer,
        subject=subject_of(request.wiring, client, subject.grant.account_id),
        client_id=client.client_id,
        audience=audience,
        scope=exchanged_scope(exchange.scope, of_subject=of_subject, of_client=client.scope),
        token_id=new_id(),
        issued_at=request.now,
        lifetime=min(lifetime_of_access_token(request.wiring), subject.claims["exp"] - request.now),
        authentication=_authentication(request.wiring, client, subject.claims, subject.grant),
        grant_id=subject.grant.id,
        act=act,
        confirmation=request.confirmation,
    )
    await _record(request, subject.grant, token)
    alg = client.access_token_signed_response_alg
    return {
        "access_token": await sign_jwt_in_turn(request.wiring.keys, alg, access_token_claims(token), ACCESS_TOKEN_TYPE),
        "issued_token_type": exchange.issued_type,  # RFC 8693 §2.2.1
        "token_type": request.confirmation.token_type,
        "expires_in": token.lifetime,
        **({"scope": " ".join(token.scope)} if token.scope else {}),
    }


async def _actor(request: TokenRequest, exchange: Exchange) -> Mapping[str, Any] | None:
    """The claims of the actor's token, which was given to this very client."""
    if exchange.actor is None:
        return None
    actor = await _live(request, exchange.actor)
    if actor is None or not _is_own(request.client, actor.claims):
        raise refused("The actor token is not valid.")
    check_bearer(actor.claims)
    return actor.claims


async def _live(request: TokenRequest, presented: PresentedToken) -> LiveToken | None:
    wiring, now = request.wiring, request.now
    if presented.type != ID_TOKEN:
        claims = read_own_access_token(wiring, presented.token, now=now)
        if claims is not None:
            return await live_token(wiring, claims, now=now)
    if presented.type != ACCESS_TOKEN:
        return await _live_id_token(wiring, request.client, presented.token, now=now)
    return None


async def _live_id_token(wiring: Wiring, client: Client, token: str, *, now: int) -> LiveToken | None:
    """The client's own ID token, as far as the grant of that login still lives; its scope is the grant's."""
    try:
        claims = verify_own_jwt(
            wiring.keys,
            token,
            typ=ID_TOKEN_TYPE,
            issuer=wiring.settings.issuer,
            now=now,
            audience=client.client_id,
        )
        session_id, acr = session_id_meant(wiring, client, claims["sid"]), claims["acr"]
    except (InvalidToken, KeyError, TypeError):
        return None
    async with wiring.database.reading() as db:
        grant = await grants.find_live_of_login(db, session_id or "", client.client_id, acr=acr, now=now)
    if grant is None or subject_of(wiring, client, grant.account_id) != claims["sub"]:
        return None
    return LiveToken({**claims, "scope": " ".join(grant.scope)}, LiveGrant.of(grant))


def _concerns(client: Client, claims: Mapping[str, Any]) -> bool:
    """TK-25: a token that was given to the client, or shown to the resource server that it is."""
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    return _is_own(client, claims) or not set(audience).isdisjoint(client.resource_of)


def _is_own(client: Client, claims: Mapping[str, Any]) -> bool:
    """An ID token names its client as its audience, an access token in `client_id`."""
    return bool(claims.get("client_id", claims["aud"]) == client.client_id)


def _authentication(
    wiring: Wiring, client: Client, claims: Mapping[str, Any], grant: LiveGrant
) -> Authentication | None:
    """The login of the subject token, never that of a newer one (RT-11)."""
    if "acr" not in claims:
        return None
    return Authentication(
        claims["auth_time"], claims["acr"], tuple(claims["amr"]), session_id_told(wiring, client, grant.session_id)
    )


async def _record(request: TokenRequest, grant: LiveGrant, token: AccessToken) -> None:
    details = {"grant": grant.id, "audience": list(token.audience), "actor": (token.act or {}).get("sub")}
    async with request.wiring.database.writing() as db:
        await record(
            db,
            Event.TOKEN_EXCHANGED,
            outcome="success",
            origin=request.origin,
            account_id=grant.account_id,
            client_id=token.client_id,
            session_id=grant.session_id or None,
            details=details,
        )
