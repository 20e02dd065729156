"""The access token of a request, read as RFC 6750 §2 says and checked against what stands behind it."""

from dataclasses import dataclass
from typing import Any

from idp.clients.client import Client
from idp.grants import store as grants
from idp.grants.grant import Grant
from idp.grants.revoked_tokens import is_revoked
from idp.keys.verify import InvalidToken, verify_own_jwt
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.token_claims import ACCESS_TOKEN_TYPE
from idp.web.plain import PlainRequest
from idp.wiring import Wiring


@dataclass(frozen=True, slots=True)
class Presented:
    """A good access token: its claims, its grant as it stands now, and the client that holds it."""

    claims: dict[str, Any]
    grant: Grant
    client: Client

    @property
    def scope(self) -> tuple[str, ...]:
        return tuple(str(self.claims.get("scope", "")).split())


@dataclass(frozen=True, slots=True)
class ClientToken:
    """A good access token that a client got for itself (client_credentials)."""

    client_id: str
    scope: tuple[str, ...]


async def read_access_token(request: PlainRequest, *, realm: str = "userinfo") -> str:
    """From the header or from the form body, never from the URL; raises `OAuthError` where there is none, or two."""
    tokens = []
    authorization = request.header("authorization")
    if authorization is not None:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() == "bearer":
            tokens.append(token.strip())
    if request.method == "POST" and request.header("content-type") is not None:
        tokens += [value for value in [(await request.form()).get("access_token")] if value]
    if len(tokens) > 1:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "Send the access token in one way only.")
    if not tokens:
        # RFC 6750 §3.1: without a token the challenge carries no error.
        raise OAuthError(ErrorCode.INVALID_TOKEN, headers={"WWW-Authenticate": f'Bearer realm="{realm}"'})
    return tokens[0]


async def check_access_token(wiring: Wiring, token: str, *, audience: str) -> Presented:
    """The token of a person's grant, good now and meant for `audience`; raises `OAuthError` (invalid_token)."""
    now = wiring.clock.now()
    claims = _verified(wiring, token, audience=audience, now=now)
    grant_id = claims.get("grant_id")
    if not isinstance(grant_id, str):
        raise invalid_token("a client's own token")
    async with wiring.database.reading() as db:
        grant = await grants.find_live(db, grant_id, now=now)
    client = await wiring.clients.get(grant.client_id) if grant else None
    if grant is None or client is None or not client.is_active:
        raise invalid_token("its grant has ended")
    return Presented(claims, grant, client)


async def check_client_token(wiring: Wiring, token: str, *, scope: str) -> ClientToken:
    """A client's own token, made out to us, not revoked, of a client that is active and still has the scope.

    Raises `OAuthError`: invalid_token, or insufficient_scope.
    """
    claims = _verified(wiring, token, audience=wiring.settings.issuer, now=wiring.clock.now())
    client_id = claims.get("client_id")
    if "grant_id" in claims or not isinstance(client_id, str) or claims.get("sub") != client_id:
        raise invalid_token("a person's token")
    async with wiring.database.reading() as db:
        revoked = await is_revoked(db, str(claims.get("jti")))
    client = await wiring.clients.get(client_id)
    if revoked or client is None or not client.is_active:
        raise invalid_token("revoked, or its client is not active")
    granted = tuple(str(claims.get("scope", "")).split())
    if scope not in granted or scope not in client.scope:
        raise insufficient_scope(scope)
    return ClientToken(client_id, granted)


def _verified(wiring: Wiring, token: str, *, audience: str, now: int) -> dict[str, Any]:
    try:
        return verify_own_jwt(
            wiring.keys, token, typ=ACCESS_TOKEN_TYPE, issuer=wiring.settings.issuer, now=now, audience=audience
        )
    except InvalidToken as error:
        raise invalid_token(error.reason) from error


def insufficient_scope(scope: str) -> OAuthError:
    """RFC 6750 §3.1."""
    challenge = f'Bearer error="insufficient_scope", scope="{scope}"'
    return OAuthError(
        ErrorCode.INSUFFICIENT_SCOPE, f"The scope {scope} is needed.", headers={"WWW-Authenticate": challenge}
    )


def invalid_token(detail: str) -> OAuthError:
    """RFC 6750 §3.1."""
    challenge = 'Bearer error="invalid_token", error_description="The access token is not valid."'
    return OAuthError(
        ErrorCode.INVALID_TOKEN,
        "The access token is not valid.",
        detail=detail,
        headers={"WWW-Authenticate": challenge},
    )
