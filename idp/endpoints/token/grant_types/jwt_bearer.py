"""`urn:ietf:params:oauth:grant-type:jwt-bearer` (RFC 7523 §2.1): an issuer that the client's registration trusts says
who a person is.

Nobody signed in here, so the grant has no session, no level and no refresh token, and ends with its one access token.
A lock of the account ends it before.
"""

from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.accounts.account import Account
from idp.audit.events import Event
from idp.audit.record import record
from idp.clients.client import Client
from idp.clients.jwt_bearer import TrustedIssuer
from idp.endpoints.token.narrowing import read_narrowing
from idp.endpoints.token.request import TokenRequest
from idp.grants import store as grants
from idp.grants.grant import Grant, GrantState
from idp.issuing.access_token import access_token_of, lifetime_of_access_token
from idp.outbound.client import OutboundFailed
from idp.protocol.client_assertion import AssertionRefused, check_once_for_us
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.scopes import OPENID
from idp.protocol.signed_by_client import NotSigned, take_apart
from idp.protocol.user_agent_binding import BindingMode, bind
from idp.replay import store as replay
from idp.sealing import new_id

_KIND = "authorization_grant"

log = structlog.get_logger(__name__)


async def jwt_bearer(request: TokenRequest) -> dict[str, Any]:
    assertion = request.require("assertion")
    narrowing = read_narrowing(request, with_scope=True)
    if narrowing.details:
        raise OAuthError(ErrorCode.INVALID_AUTHORIZATION_DETAILS, "Nobody is there to allow a detail.")
    trusted, subject, token_id, expires_at = await _verified(request, assertion)
    scope = _scope(request.client, trusted, narrowing.scope)
    async with request.wiring.database.writing() as db:
        # On every node, and after a restart (TK-15).
        identifier = f"{trusted.issuer}\n{token_id}"
        is_first = await replay.spend(db, _KIND, identifier, expires_at=expires_at)
        account = await _account(db, trusted, subject) if is_first else None
        grant = None
        if account is not None and account.is_active:
            grant = _new_grant(request, account, scope=scope, resources=narrowing.resources)
            await grants.open_grant(db, grant)
            await record(
                db,
                Event.ASSERTION_ACCEPTED,
                outcome="success",
                origin=request.origin,
                account_id=account.id,
                client_id=request.client.client_id,
                details={"grant": grant.id, "issuer": trusted.issuer},
            )
    if grant is None:
        raise _refused("replayed, or nobody's")
    return {
        "access_token": await access_token_of(
            request.wiring, request.client, grant, now=request.now, scope=scope, confirmation=request.confirmation
        ),
        "token_type": request.confirmation.token_type,
        "expires_in": lifetime_of_access_token(request.wiring),
        "scope": " ".join(scope),
    }


async def _verified(request: TokenRequest, assertion: str) -> tuple[TrustedIssuer, str, str, int]:
    """Whose assertion it is, the `sub`, the `jti` and the expiry; raises `OAuthError` (invalid_grant)."""
    issuer = request.wiring.settings.issuer
    try:
        # What costs nothing comes first: a stranger causes neither a fetch nor work with keys (OU-05).
        token = take_apart(assertion)
        trusted, subject = _trusted(request.client, token.claims.get("iss")), _subject(token.claims.get("sub"))
        token_id, expires_at = check_once_for_us(
            token.claims, audiences={issuer, f"{issuer}/token"}, only_string=False, now=request.now
        )
        await request.wiring.client_keys.verify_by(trusted.keys, token)
    except (NotSigned, AssertionRefused, OutboundFailed) as error:
        log.info("assertion_refused", client_id=request.client.client_id, reason=str(error))
        raise _refused(str(error)) from error
    return trusted, subject, token_id, expires_at


def _trusted(client: Client, issuer: object) -> TrustedIssuer:
    for each in client.jwt_bearer_issuers:
        if each.issuer == issuer:
            return each
    raise AssertionRefused("issuer")


def _subject(subject: object) -> str:
    if not isinstance(subject, str) or not subject.isprintable():
        raise AssertionRefused("subject")
    return subject


def _scope(client: Client, trusted: TrustedIssuer, asked: tuple[str, ...]) -> tuple[str, ...]:
    most = tuple(scope for scope in trusted.scope if scope in client.scope)
    if not set(asked) <= set(most):
        raise OAuthError(ErrorCode.INVALID_SCOPE, "The issuer cannot give one of these scopes to this client.")
    return asked or most


async def _account(db: AsyncConnection, trusted: TrustedIssuer, subject: str) -> Account | None:
    if trusted.subject == "account_id":
        return await accounts.find(db, subject)
    account = await accounts.find_by_email(db, subject)
    # An address that nobody has proven could be anybody's.
    return account if account is not None and account.email_is_verified else None


def _new_grant(request: TokenRequest, account: Account, *, scope: tuple[str, ...], resources: tuple[str, ...]) -> Grant:
    client, now, issuer = request.client, request.now, request.wiring.settings.issuer
    own = (issuer,) if OPENID in scope or not client.audience else ()
    return Grant(
        id=new_id(),
        flow_id=None,
        state=GrantState.ACTIVE,
        client_id=client.client_id,
        account_id=account.id,
        session_id="",
        scope=scope,
        claims_request={},
        audience=resources or (*client.audience, *own),
        nonce=None,
        redirect_uri="",
        code_challenge=None,
        auth_time=now,
        acr="",
        amr=(),
        has_refresh_token=False,
        survives_logout=True,  # it came from no session, so that none of them ends it
        binding=bind(BindingMode.OFF, None),
        ua_required=False,
        generation=1,
        created_at=now,
        code_expires_at=now,
        rotated_at=None,
        idle_expires_at=None,
        expires_at=now + lifetime_of_access_token(request.wiring),
    )


def _refused(detail: str) -> OAuthError:
    """RFC 7521 §4.1.1, in the same words whatever was wrong."""
    return OAuthError(ErrorCode.INVALID_GRANT, "The assertion is not valid.", detail=detail)
