"""The access token of a request, read as RFC 6750 §2 says and checked against what stands behind it."""

from typing import Any, NamedTuple

from idp.clients.client import Client
from idp.keys.verify import InvalidToken, verify_own_jwt
from idp.lifecycle.resource_owner import ResourceOwner
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.token_claims import ACCESS_TOKEN_TYPE
from idp.web.dpop import dpop_challenge
from idp.web.plain import PlainRequest
from idp.web.sender import WrongSender, check_sender
from idp.wiring import Wiring

_SCHEMES = ("bearer", "dpop")


class Presented(NamedTuple):
    """A good access token: its claims, whose it is, and the client that holds it, as they stand now."""

    claims: dict[str, Any]
    owner: ResourceOwner
    client: Client

    @property
    def scope(self) -> tuple[str, ...]:
        return tuple(str(self.claims.get("scope", "")).split())


class ClientToken(NamedTuple):
    """A good access token that a client got for itself (client_credentials)."""

    client_id: str
    scope: tuple[str, ...]


class OfferedToken(NamedTuple):
    """An access token that nobody has looked at yet, and how it came: `scheme` is bearer or dpop."""

    text: str
    scheme: str
    request: PlainRequest


async def read_access_token(request: PlainRequest, *, realm: str = "userinfo") -> OfferedToken:
    """From the header or from the form body, never from the URL; raises `OAuthError` where there is none, or two."""
    tokens = []
    authorization = request.header("authorization")
    if authorization is not None:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() in _SCHEMES:
            tokens.append(OfferedToken(token.strip(), scheme.lower(), request))
    if request.method == "POST" and request.header("content-type") is not None:
        in_form = (await request.form()).get("access_token")
        tokens += [OfferedToken(in_form, "bearer", request)] if in_form else []
    if len(tokens) > 1:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "Send the access token in one way only.")
    if not tokens:
        # RFC 6750 §3.1: without a token the challenge carries no error.
        challenge = f'Bearer realm="{realm}", {dpop_challenge()}'
        raise OAuthError(ErrorCode.INVALID_TOKEN, headers={"WWW-Authenticate": challenge})
    return tokens[0]


async def check_access_token(wiring: Wiring, token: OfferedToken, *, audience: str) -> Presented:
    """The token of a person's grant, good now and meant for `audience`, in the hands of the client that it is bound to.

    Raises `OAuthError` (invalid_token, invalid_dpop_proof).
    """
    now = wiring.clock.now()
    claims = await _verified(wiring, token, audience=audience, now=now)
    grant_id = claims.get("grant_id")
    if not isinstance(grant_id, str):
        raise invalid_token("a client's own token", scheme=token.scheme)
    owner = await wiring.resource_owners.find(grant_id, now=now)
    client = await wiring.clients.get(owner.client_id) if owner else None
    if owner is None or client is None or not client.is_active:
        raise invalid_token("its grant has ended", scheme=token.scheme)
    return Presented(claims, owner, client)


async def check_client_token(wiring: Wiring, token: OfferedToken, *, scope: str) -> ClientToken:
    """A client's own token, made out to us, not revoked, of a client that is active and still has the scope.

    Raises `OAuthError`: invalid_token, invalid_dpop_proof, or insufficient_scope.
    """
    claims = await _verified(wiring, token, audience=wiring.settings.issuer, now=wiring.clock.now())
    client_id = claims.get("client_id")
    if "grant_id" in claims or not isinstance(client_id, str) or claims.get("sub") != client_id:
        raise invalid_token("a person's token", scheme=token.scheme)
    revoked = await wiring.grants.is_revoked(str(claims.get("jti")))
    client = await wiring.clients.get(client_id)
    if revoked or client is None or not client.is_active:
        raise invalid_token("revoked, or its client is not active", scheme=token.scheme)
    granted = tuple(str(claims.get("scope", "")).split())
    if scope not in granted or scope not in client.scope:
        raise insufficient_scope(scope)
    return ClientToken(client_id, granted)


async def _verified(wiring: Wiring, token: OfferedToken, *, audience: str, now: int) -> dict[str, Any]:
    try:
        claims = verify_own_jwt(
            wiring.keys, token.text, typ=ACCESS_TOKEN_TYPE, issuer=wiring.settings.issuer, now=now, audience=audience
        )
        await check_sender(token.request, wiring, claims, token=token.text, scheme=token.scheme)
    except InvalidToken as error:
        raise invalid_token(error.reason, scheme=token.scheme) from error
    except WrongSender as error:
        raise invalid_token(str(error), scheme=token.scheme) from error
    return claims


def insufficient_scope(scope: str) -> OAuthError:
    """RFC 6750 §3.1."""
    challenge = f'Bearer error="insufficient_scope", scope="{scope}"'
    return OAuthError(
        ErrorCode.INSUFFICIENT_SCOPE, f"The scope {scope} is needed.", headers={"WWW-Authenticate": challenge}
    )


def invalid_token(detail: str, *, scheme: str = "bearer") -> OAuthError:
    """RFC 6750 §3.1, RFC 9449 §7.1: the challenge answers the scheme that was used."""
    description = "The access token is not valid."
    challenge = f'Bearer error="invalid_token", error_description="{description}"'
    if scheme == "dpop":
        challenge = dpop_challenge(ErrorCode.INVALID_TOKEN, description)
    return OAuthError(
        ErrorCode.INVALID_TOKEN,
        description,
        detail=detail,
        headers={"WWW-Authenticate": challenge},
    )
