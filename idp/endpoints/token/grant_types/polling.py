"""One poll of a client that waits for a person's answer (RFC 8628 §3.5, CIBA §11).

The answer is taken once: the request is spent and its grant becomes active in one transaction. What a refusal changes
(the pace) is committed with it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.audit.events import Event
from idp.decoupled import store
from idp.decoupled.request import DecoupledRequest, Kind, State
from idp.endpoints.token.narrowing import Narrowing, check_narrowing, read_narrowing
from idp.endpoints.token.request import TokenRequest
from idp.grants import store as grants
from idp.grants.grant import Grant
from idp.grants.store import Redemption
from idp.issuing import tokens_of_grant
from idp.issuing.encryption import check_encryption_key
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.user_agent_binding import BindingMode

_SLOWER_BY = 5  # seconds, RFC 8628 §3.5


@dataclass(frozen=True, slots=True)
class Asked:
    """What one poll brings: the device code or `auth_req_id`, and what the grant would be bound to."""

    kind: Kind
    secret: str
    becomes: BindingMode


async def poll(
    request: TokenRequest, kind: Kind, secret: str, *, binding_after: Callable[[TokenRequest], BindingMode]
) -> dict[str, Any]:
    """The tokens; raises `OAuthError`. `binding_after`: which browser or product the grant is bound to from here on."""
    becomes, narrowing = binding_after(request), read_narrowing(request)
    if narrowing != Narrowing():
        await _check_narrowing(request, narrowing, secret)
    await check_encryption_key(request.wiring, request.client)
    async with request.wiring.database.writing() as db:
        answer = await _redeem(db, request, Asked(kind, secret, becomes))
    if isinstance(answer, OAuthError):
        raise answer
    grant = narrowing.of(answer)
    request.note(Event.TOKENS_ISSUED, grant)
    return await tokens_of_grant(
        request.wiring,
        request.client,
        grant,
        now=request.now,
        scope=grant.scope,
        confirmation=request.confirmation,
        is_first=True,
    )


async def _check_narrowing(request: TokenRequest, narrowing: Narrowing, secret: str) -> None:
    """RFC 8707 §2.2: asked before the request is spent, so that a mistake costs nothing."""
    async with request.wiring.database.reading() as db:
        found = await store.find_by_secret(db, request.wiring.master_keys, secret)
    if found is not None and found.grant_id is not None and found.client_id == request.client.client_id:
        await check_narrowing(request, narrowing, found.grant_id)


async def _redeem(db: AsyncConnection, request: TokenRequest, asked: Asked) -> Grant | OAuthError:
    keys, client_id, now = request.wiring.master_keys, request.client.client_id, request.now
    spent = await store.redeem(db, keys, asked.secret, kind=asked.kind, client_id=client_id, now=now)
    if spent is None or spent.grant_id is None:
        return await _refusal(db, request, asked.kind, await store.find_by_secret(db, keys, asked.secret))
    redemption = Redemption(
        grant_id=spent.grant_id,
        client_id=client_id,
        redirect_uri="",
        code_challenge=None,
        agent=request.agent,
        becomes=asked.becomes,
        sender=request.confirmation,
    )
    grant = await grants.redeem_code(
        db,
        redemption,
        now=now,
        idle_expires_at=now + int(request.wiring.settings.refresh_token_idle.total_seconds()),
        ua_required=asked.becomes is BindingMode.PRODUCT,
    )
    # The account was locked meanwhile, or its session has ended (TK-19).
    return grant or _invalid("the grant does not live any more")


async def _refusal(
    db: AsyncConnection, request: TokenRequest, kind: Kind, found: DecoupledRequest | None
) -> OAuthError:
    """Who is not the one that asked learns nothing, not even that there is such a code."""
    if found is None or found.kind is not kind or found.client_id != request.client.client_id:
        return _invalid("unknown, or another client's")
    if found.state is State.REDEEMED:
        return _invalid("spent before")
    if found.state is State.DENIED:
        return OAuthError(ErrorCode.ACCESS_DENIED, "The person did not allow it.")
    if found.expires_at <= request.now:
        return OAuthError(ErrorCode.EXPIRED_TOKEN, "Nobody answered in time.")
    if await store.count_poll(db, found.id, now=request.now, slower_by=_SLOWER_BY):
        return OAuthError(ErrorCode.AUTHORIZATION_PENDING, "The person has not answered yet.")
    return OAuthError(ErrorCode.SLOW_DOWN, f"Wait {_SLOWER_BY} seconds longer between two polls.")


def _invalid(detail: str) -> OAuthError:
    return OAuthError(ErrorCode.INVALID_GRANT, "The code is not valid.", detail=detail)
